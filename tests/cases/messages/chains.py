"""Calls that say by themselves which SDK they are of, in a file that does not import it."""


def ask(client, prompt):
    try:
        return client.chat.completions.create(model="gpt-5", messages=prompt)
    except Exception as e:
        if "maximum context" in str(e):  # expect: HED101
            return None
        raise


def embed(client, text):
    try:
        return client.embeddings.create(model="small", input=text)
    except Exception as e:
        if "maximum context" in str(e):  # clean: anybody has embeddings
            return None
        raise


def kept(settings):
    if "rate limit" in settings.load()["error"]["message"]:  # clean: what a file says
        return None
    return settings
