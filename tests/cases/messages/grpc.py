"""gRPC: `code()` is the stable field, `details()` a text of the service or of the library."""

import grpc


def ask(stub, request):
    try:
        return stub.Ask(request)
    except grpc.RpcError as e:
        if "deadline exceeded" in e.details().lower():  # expect: HED101
            return None
        if "Socket closed" in str(e):  # clean: the library says so of a lost connection
            return None
        if e.debug_error_string().startswith("UNKNOWN"):  # expect: HED101
            return None
        if e.code() == grpc.StatusCode.UNAVAILABLE:  # clean: the code
            return None
        if e.code().name == "UNAVAILABLE":  # clean: the code's name
            return None
        print(e.details())  # clean: told, not tested
        raise


async def ask_soon(stub, request):
    try:
        return await stub.Ask(request)
    except grpc.aio.AioRpcError as e:
        detail = e.details()
        if detail and "quota" in detail:  # expect: HED101
            return None
        if e.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED):  # clean: the code
            return None
        raise


def connect(channel):
    try:
        grpc.channel_ready_future(channel).result(timeout=5)
    except grpc.FutureTimeoutError as e:
        return "timed out" in str(e)  # clean: no answer of a service


def stop(server):
    try:
        server.stop()
    except grpc.aio.UsageError as e:
        return "already" in str(e)  # clean: the library's own error


def again(stub, request):
    for _ in range(3):
        try:
            return stub.Ask(request)
        except grpc.RpcError as e:  # clean: gRPC has no Retry-After
            if e.code() != grpc.StatusCode.UNAVAILABLE:
                raise
