"""The last layer of a head is fitted anew: nothing else in the model changes."""

import numpy as np
import onnx
import onnxruntime

from rag.encoder import MODEL
from training.refit import layer_nodes, pooled, write

HEAD = "intent"
TEXT = "do you keep what I write here"


def test_only_the_head_changes() -> None:
    old = onnx.load(MODEL / "reader.onnx")
    states = layer_nodes(old, HEAD)[1]
    width = pooled(old, MODEL, [TEXT], states).shape[1]
    rng = np.random.default_rng(7)
    layer = (
        rng.normal(size=(width, 8)).astype(np.float32),
        rng.normal(size=8).astype(np.float32),
    )
    new = onnx.load(MODEL / "reader.onnx")
    for _ in range(2):  # in place of a layer that was itself put there
        write(new, HEAD, layer)
    onnx.checker.check_model(new)
    feed = {
        "input_ids": np.array([[101, 2079, 2017, 102]], dtype=np.int64),
        "attention_mask": np.ones((1, 4), dtype=np.int64),
    }
    before, after = (
        onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)
        for model in (old, new)
    )
    names = [output.name for output in old.graph.output]
    for name, one, other in zip(names, before, after, strict=True):
        assert np.array_equal(one, other) == (name != HEAD)


def test_the_layer_reads_the_pooled_states() -> None:
    model = onnx.load(MODEL / "reader.onnx")
    states = layer_nodes(model, HEAD)[1]
    x = pooled(model, MODEL, [TEXT], states)
    layer = (np.eye(x.shape[1], 8, dtype=np.float32), np.arange(8, dtype=np.float32))
    write(model, HEAD, layer)
    assert np.allclose(pooled(model, MODEL, [TEXT], HEAD), x @ layer[0] + layer[1], atol=1e-5)
