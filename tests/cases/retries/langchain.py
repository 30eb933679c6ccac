"""Retries by LangChain: `with_retry` of a model, or of a chain that holds one."""

import json

import httpx
import openai
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai import OpenAI as CompletionModel
from pydantic import BaseModel

from .policies import RETRYABLE, SETTINGS, is_transient, model_from

prompt = ChatPromptTemplate.from_template("tell me a joke about {topic}")
llm = ChatOpenAI(model="gpt-5", base_url="https://api.openai.com/v1", max_retries=0)
hosted = ChatOpenAI(model="pyai-cue", base_url="https://api.pyai.com/v1")
client = openai.OpenAI()
fake = FakeListChatModel(responses=["why?"])
TRANSIENT = (openai.APIConnectionError, openai.InternalServerError)
RATE_LIMITED = (openai.RateLimitError, openai.APITimeoutError)
TOOLS = []


class Joke(BaseModel):
    setup: str
    punchline: str


class Later(Exception):
    pass


# Models


patient = llm.with_retry()  # expect: HED202, HED203, HED301
azure = AzureChatOpenAI(azure_deployment="gpt-5").with_retry(stop_after_attempt=6)  # expect: HED202, HED301
older = CompletionModel(model="gpt-3.5-turbo-instruct").with_retry(  # expect: HED301
    retry_if_exception_type=(Exception,),  # expect: HED202, HED203
    wait_exponential_jitter=True,
    stop_after_attempt=3,
)
rate_limited = llm.with_retry(retry_if_exception_type=RATE_LIMITED, stop_after_attempt=10)  # expect: HED203, HED301
at_once = llm.with_retry(retry_if_exception_type=(openai.RateLimitError,), wait_exponential_jitter=False)  # expect: HED203, HED301
never_cured = llm.with_retry(
    retry_if_exception_type=(
        openai.InternalServerError,
        openai.AuthenticationError,  # expect: HED201
    ),
)
by_hook = llm.with_retry(  # expect: HED301
    retry_if_exception_type=lambda e: isinstance(e, openai.APIStatusError) and e.status_code == 429,  # expect: HED203
    stop_after_attempt=4,
)
paid = hosted.with_retry(
    retry_if_exception_type=lambda e: getattr(e, "status_code", 0) in (402, 503),  # expect: HED201
)
capped = hosted.with_retry(  # expect: HED301
    retry_if_exception_type=(openai.RateLimitError,),  # expect: HED203
)
by_message = llm.with_retry(
    retry_if_exception_type=lambda e: "429" in str(e),  # expect: HED103
)


# Chains


jokes = prompt | llm.with_retry(retry_if_exception_type=(openai.APIError,)) | StrOutputParser()  # expect: HED202, HED203, HED301
retried_jokes = (prompt | llm | StrOutputParser()).with_retry(stop_after_attempt=2)  # expect: HED202, HED203, HED301
tools = llm.bind_tools(TOOLS).with_retry()  # expect: HED202, HED203, HED301
structured = llm.with_structured_output(Joke).with_config(tags=["joke"]).with_retry(  # expect: HED301
    retry_if_exception_type=(openai.RateLimitError, OutputParserException),  # expect: HED203
)
both = RunnableParallel(joke=prompt | llm, topic=RunnablePassthrough()).with_retry()  # expect: HED202, HED203, HED301


def build(model, topic):
    chat = ChatOpenAI(model=model, temperature=0)
    chain = prompt | chat | JsonOutputParser()
    return chain.with_retry(stop_after_attempt=5).invoke({"topic": topic})  # expect: HED202, HED203, HED301


def get_model(name="gpt-5"):
    return ChatOpenAI(model=name, temperature=0)


made = get_model("gpt-5-mini").with_retry()  # expect: HED202, HED203, HED301


def retried(chat: ChatOpenAI):
    return chat.with_retry(retry_if_exception_type=(openai.RateLimitError,))  # expect: HED203, HED301


class Jester:
    def __init__(self, model):
        self.llm = ChatOpenAI(model=model)

    def chain(self):
        return prompt | self.llm.with_retry() | StrOutputParser()  # expect: HED202, HED203, HED301


def ask(text):
    return client.responses.create(model="gpt-5", input=text).output_text


asked = RunnableLambda(ask).with_retry()  # expect: HED202, HED203, HED301


# Near misses


transient = llm.with_retry(retry_if_exception_type=TRANSIENT)  # clean: connections and 5xx
once = llm.with_retry(stop_after_attempt=1)  # clean: one try is none more
sdk = ChatOpenAI(model="gpt-5", max_retries=6)  # clean: the SDK honours the header by itself
parsed = (prompt | llm | JsonOutputParser()).with_retry(  # clean: asked again as the answer did not parse
    retry_if_exception_type=(OutputParserException, ValueError),
)
other_library = llm.with_retry(retry_if_exception_type=(httpx.HTTPStatusError,))  # clean: the SDK raises its own
unknown_classes = llm.with_retry(retry_if_exception_type=RETRYABLE)  # clean: the classes are unknown
unknown_hook = llm.with_retry(retry_if_exception_type=is_transient)  # clean: an unknown function decides
unknown_settings = llm.with_retry(**SETTINGS)  # clean: the settings may say anything
unknown_model = model_from("gpt-5").with_retry()  # clean: who knows which model
by_status = llm.with_retry(
    retry_if_exception_type=lambda e: isinstance(e, openai.APIStatusError) and e.status_code >= 500,  # clean: 5xx alone
)
unless_quota = llm.with_retry(  # expect: HED301
    retry_if_exception_type=lambda e: isinstance(e, openai.RateLimitError) and e.code != "insufficient_quota",
)
never_raised = llm.with_retry(retry_if_exception_type=(Later,))  # clean: the model never raises it
no_api = fake.with_retry()  # clean: no API
no_api_chain = (prompt | fake | StrOutputParser()).with_retry()  # clean: no API
parser = prompt | llm | RunnableLambda(json.loads).with_retry()  # clean: of the parser alone


def retried_whatever(runnable):
    return runnable.with_retry()  # clean: who knows which


def ask_or_nothing(text):
    try:
        return ask(text)
    except openai.OpenAIError:
        return None


asked_or_nothing = RunnableLambda(ask_or_nothing).with_retry()  # clean: the function keeps its errors


class Job:
    def with_retry(self):
        return self


job = Job().with_retry()  # clean: no runnable
