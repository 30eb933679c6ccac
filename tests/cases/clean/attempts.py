"""Policies that look like a retry and are none."""

import openai
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

client = openai.AsyncOpenAI()
retrying = AsyncRetrying(
    retry=retry_if_exception_type(openai.RateLimitError),
    stop=stop_after_attempt(3),
)


async def ask(prompt):
    async for _ in retrying:  # clean: without `with attempt:` the error leaves the loop
        return await client.responses.create(model="gpt-5", input=prompt)
    raise AssertionError("unreachable")
