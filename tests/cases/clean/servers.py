"""Asking whether a server is up, and asking one of the machine itself: no API with a contract."""

import time
import urllib.request

import httpx
import openai
import requests
import tenacity

PORT = 8000
LOCAL = f"http://127.0.0.1:{PORT}"
HOSTS = ["http://localhost:8001", "http://localhost:8002"]
ollama = openai.OpenAI(base_url="http://localhost:11434/v1", api_key="none")
MESSAGES = [{"role": "user", "content": "hello"}]


def ask_ollama():
    for attempt in range(5):
        try:
            return ollama.chat.completions.create(model="llama", messages=MESSAGES)
        except openai.APIError:
            time.sleep(2**attempt)
    return None


def complete(prompt, url="http://localhost:8080/completion"):
    for _ in range(5):
        try:
            response = requests.post(url, json={"prompt": prompt})
            response.raise_for_status()
            return response.json()
        except requests.RequestException:
            time.sleep(1)
    return None


class Model:
    def __init__(self, host=None, port=PORT):
        self.url = f"http://{host or 'localhost'}:{port}"

    @tenacity.retry(stop=tenacity.stop_after_attempt(3))
    def embed(self, text):
        response = httpx.post(self.url + "/embed", json={"text": text})
        response.raise_for_status()
        return response.json()


class Sidecar:
    def __init__(self):
        self.client = httpx.Client(base_url=LOCAL)

    def send(self, event):
        while True:
            try:
                return self.client.post("/events", json=event).raise_for_status()
            except httpx.HTTPStatusError:
                time.sleep(1)


def _open(url):
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1.0):
                return
        except Exception:
            time.sleep(0.1)


def open_all():
    for host in HOSTS:
        _open(host)
    _open(f"{LOCAL}/docs")


# Somewhere, and not an API: is it up?


def start_worker(base_url, process):
    deadline = time.time() + 60
    while time.time() < deadline:
        if process.poll() is not None:
            raise RuntimeError("it is gone")
        try:
            with urllib.request.urlopen(f"{base_url}/health", timeout=3) as response:
                if response.status == 200:
                    break
        except OSError:
            time.sleep(2)


@tenacity.retry(wait=tenacity.wait_fixed(1), stop=tenacity.stop_after_attempt(30))
def check(address):
    request = urllib.request.Request(f"http://{address}/api/v1/readyz")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


class Scoring:
    def __init__(self, url):
        self.prefix = url

    def ping(self):
        answer = requests.get(url=self.prefix + "/ping")
        if answer.status_code != 200:
            raise Exception(f"ping failed ({answer.status_code})")

    def connect(self):
        for _ in range(30):
            try:
                self.ping()
                return
            except Exception as error:
                print(error)
                time.sleep(0.3)


def wait_for_server(base_url, timeout):
    start = time.time()
    while True:
        try:
            response = requests.get(f"{base_url}/v1/models", timeout=5)
            if response.status_code == 200:
                break
        except requests.RequestException:
            pass
        if time.time() - start > timeout:
            raise TimeoutError
        time.sleep(1)


def _wait_http_up(url):
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=1.0):
                return
        except Exception:
            time.sleep(0.1)
    raise TimeoutError(url)
