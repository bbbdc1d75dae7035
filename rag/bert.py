"""Write a BERT sentence encoder as an ONNX graph, straight from its weights.

Most sentence-transformers models are BERT with mean pooling. Their graph is short enough to be
written by hand, with ONNX Runtime's own fused operators: this needs neither torch nor transformers,
takes a moment instead of many seconds, and the graph runs faster than a traced one. Whether it is
right is not taken on trust: `rag.exporting` compares its vectors with sentence-transformers.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

_OPSET = 17
_PAGE = 4096
_MICROSOFT = "com.microsoft"
_FUSED = frozenset({"Attention", "BiasGelu", "EmbedLayerNormalization", "SkipLayerNormalization"})


def write_bert(folder: Path, path: Path) -> bool:
    """Write the graph: token ids and attention mask in, unit vectors out (mean pooling inside).

    Args:
        folder: A sentence-transformers folder.
        path: The ONNX file to write.

    Returns:
        False when the folder holds another kind of model; then nothing is written.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not _is_plain(config):
        return False
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = {
            name.removeprefix("bert."): np.ascontiguousarray(value, dtype=np.float32)
            for name, value in load_file(folder / "model.safetensors").items()
            if value.dtype.kind == "f"
        }
        graph = _Graph(config, weights, f"{path.name}.data")
        model = graph.finish()
    except (KeyError, SafetensorError):
        return False
    path.with_name(f"{path.name}.data").write_bytes(graph.data)
    path.write_bytes(model.SerializeToString())
    return True


def _is_plain(config: Mapping[str, Any]) -> bool:
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )


class _Graph:
    """The graph while it is being written; `finish` gives the model."""

    def __init__(self, config: Mapping[str, Any], weights: Weights, location: str) -> None:
        self.data = bytearray()
        """What goes into the file of weights."""
        self._location = location
        self._weights = weights
        self._heads = int(config["num_attention_heads"])
        self._layers = int(config["num_hidden_layers"])
        self._size = int(config["hidden_size"])
        self._epsilon = float(config["layer_norm_eps"])
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def finish(self) -> Any:
        """Write every layer, the pooling and the frame."""
        from onnx import TensorProto, helper

        state = self._embeddings()
        for n in range(self._layers):
            state = self._layer(state, f"encoder.layer.{n}.")
        self._pooling(state)
        ints = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ]
        vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", self._size])
        graph = helper.make_graph(self._nodes, "encoder", ints, [vector], self._constants)
        domains = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=domains, ir_version=8)

    def _embeddings(self) -> str:
        from onnx import TensorProto

        ids = self._node("Cast", ["input_ids"], "ids", to=TensorProto.INT32)
        self._node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        self._node("Sub", ["ids", "ids"], "segments")
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        names = [f"embeddings.{table}.weight" for table in tables]
        norm = ["embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"]
        constants = [self._constant(name, self._weights[name]) for name in (*names, *norm)]
        return self._node(
            "EmbedLayerNormalization",
            [ids, "segments", *constants],
            "embedded",
            more=("unused_lengths",),
            epsilon=self._epsilon,
        )

    def _layer(self, state: str, prefix: str) -> str:
        own = f"{prefix}attention.self."
        parts = ("query", "key", "value")
        weight = np.concatenate([self._weights[f"{own}{p}.weight"].T for p in parts], axis=1)
        bias = np.concatenate([self._weights[f"{own}{p}.bias"] for p in parts])
        attended = self._node(
            "Attention",
            [
                state,
                self._constant(f"{own}weight", weight),
                self._constant(f"{own}bias", bias),
                "mask",
            ],
            f"{prefix}attended",
            num_heads=self._heads,
        )
        mixed = self._product(attended, f"{prefix}attention.output.dense")
        state = self._add_norm(mixed, state, f"{prefix}attention.output")
        wide = self._product(state, f"{prefix}intermediate.dense")
        bias_name = f"{prefix}intermediate.dense.bias"
        wide = self._node(
            "BiasGelu",
            [wide, self._constant(bias_name, self._weights[bias_name])],
            f"{prefix}gelu",
        )
        narrow = self._product(wide, f"{prefix}output.dense")
        return self._add_norm(narrow, state, f"{prefix}output")

    def _product(self, state: str, name: str) -> str:
        weight = self._constant(f"{name}.weight", self._weights[f"{name}.weight"].T)
        return self._node("MatMul", [state, weight], f"{name}.product")

    def _add_norm(self, state: str, skip: str, name: str) -> str:
        norm = [f"{name}.LayerNorm.weight", f"{name}.LayerNorm.bias", f"{name}.dense.bias"]
        constants = [self._constant(part, self._weights[part]) for part in norm]
        return self._node(
            "SkipLayerNormalization",
            [state, skip, *constants],
            f"{name}.normed",
            epsilon=self._epsilon,
        )

    def _pooling(self, state: str) -> None:
        """The mean over the tokens that the mask keeps, at unit length."""
        from onnx import TensorProto

        axis = self._constant("second", np.array([1], dtype=np.int64))
        last = self._constant("last", np.array([2], dtype=np.int64))
        weights = self._node("Cast", ["attention_mask"], "weights", to=TensorProto.FLOAT)
        column = self._node("Unsqueeze", [weights, last], "column")
        kept = self._node("Mul", [state, column], "kept")
        total = self._node("ReduceSum", [kept, axis], "total", keepdims=0)
        # The length of a sum and of a mean differ, their direction does not.
        self._node("LpNormalization", [total], "vector", axis=1, p=2)

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        """Weights lie beside the graph: mapped into memory, not copied, they start quicker."""
        from onnx import TensorProto, numpy_helper

        value = np.ascontiguousarray(value)
        if value.nbytes < _PAGE:
            self._constants.append(numpy_helper.from_array(value, name))
            return name
        self.data += bytes(-len(self.data) % _PAGE)
        place = {"location": self._location, "offset": len(self.data), "length": value.nbytes}
        self.data += value.tobytes()
        tensor = TensorProto(
            name=name,
            dims=value.shape,
            data_type=TensorProto.FLOAT,
            data_location=TensorProto.EXTERNAL,
        )
        for key, where in place.items():
            tensor.external_data.add(key=key, value=str(where))
        self._constants.append(tensor)
        return name

    def _node(
        self,
        kind: str,
        inputs: list[str],
        output: str,
        *,
        more: tuple[str, ...] = (),
        **attributes: Any,
    ) -> str:
        from onnx import helper

        domain = _MICROSOFT if kind in _FUSED else ""
        self._nodes.append(
            helper.make_node(
                kind, inputs, [output, *more], name=output, domain=domain, **attributes
            )
        )
        return output
