"""From the path a program imports to the name of a row: aliases, old and private locations of public names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

ROOTS = (
    ("tensorflow.keras.", "keras."),
    ("tensorflow.python.keras.api.", "keras."),
    ("tensorflow.python.keras.", "keras."),
    ("tf_keras.", "keras."),
    ("keras.src.", "keras."),
    ("keras.api.", "keras."),
    ("keras._tf_keras.keras.", "keras."),
    ("keras.engine.", "keras."),
    ("tensorflow_core.", "tensorflow."),
    ("tensorflow._api.v2.compat.v1.", "tensorflow.compat.v1."),
    ("tensorflow._api.v2.compat.v2.", "tensorflow."),
    ("tensorflow._api.v2.", "tensorflow."),
    ("tensorflow.compat.v2.", "tensorflow."),
    ("numpy.random.mtrand.", "numpy.random."),
    ("numpy.core.", "numpy."),
    ("numpy._core.", "numpy."),
    ("numpy.ma.core.", "numpy.ma."),
)
"""Prefix, and what it stands for. The first that fits is applied, and the result is looked at again."""

V1 = "tensorflow.compat.v1."
PRIVATE = ("tensorflow.python.", "tensorflow.core.", "keras.", "tensorflow_probability.python.", "scipy.")
"""Where a name may live deeper than it is published."""

HINTS = {
    "sparse_ops": "tensorflow.sparse",
    "string_ops": "tensorflow.strings",
    "image_ops": "tensorflow.image",
    "image_ops_impl": "tensorflow.image",
    "nn_ops": "tensorflow.nn",
    "nn": "tensorflow.nn",
    "nn_impl": "tensorflow.nn",
    "linalg_ops": "tensorflow.linalg",
    "random_ops": "tensorflow.random",
    "stateless_random_ops": "tensorflow.random",
    "array_ops": "tensorflow",
    "math_ops": "tensorflow",
    "check_ops": "tensorflow.debugging",
    "io_ops": "tensorflow.io",
    "parsing_ops": "tensorflow.io",
    "lookup_ops": "tensorflow.lookup",
    "dtypes": "tensorflow",
    "dataset_ops": "tensorflow.data",
    "signal": "tensorflow.signal",
    "bitwise_ops": "tensorflow.bitwise",
    "distribute_lib": "tensorflow.distribute",
    "summary_ops_v2": "tensorflow.summary",
    "layers": "keras.layers",
    "optimizers": "keras.optimizers",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
    "backend": "keras.backend",
    "activations": "keras.activations",
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "callbacks": "keras.callbacks",
    "utils": "keras.utils",
    "ops": "keras.ops",
    "applications": "keras.applications",
}
"""The public home of what a private module defines, for names that several public modules have."""

PACKAGES = frozenset(
    f"tensorflow.python.{name}"
    for name in ("client", "distribute", "eager", "framework", "module", "ops", "platform", "training", "util")
)
"""What they hold are modules, even where a function somewhere has the same name (``ops.variables``)."""


class Names:
    """An index of row names. Answers are remembered: programs ask for the same few names over and over."""

    def __init__(self, names: Collection[str], aliases: Mapping[str, str]) -> None:
        """``aliases`` may map whole names or prefixes."""
        self._names = names
        self._aliases = aliases
        self._memo: dict[str, str] = {}
        self._inside: dict[str, set[str]] | None = None
        self._ending: dict[str, list[str]] | None = None

    @property
    def _children(self) -> dict[str, set[str]]:
        """What is directly inside each prefix."""
        if self._inside is not None:
            return self._inside
        inside: dict[str, set[str]] = {}
        for source in (self._names, self._aliases):
            for name in source:
                path = name
                while "." in path:
                    path, _, child = path.rpartition(".")
                    siblings = inside.setdefault(path, set())
                    if child in siblings:
                        break
                    siblings.add(child)
        self._inside = inside
        return inside

    @property
    def _last(self) -> dict[str, list[str]]:
        """Row names by their last component."""
        if self._ending is None:
            self._ending = {}
            for name in self._names:
                self._ending.setdefault(name[name.rfind(".") + 1 :], []).append(name)
        return self._ending

    def is_module(self, name: str) -> bool:
        """Whether names live under this one and it is no row."""
        return name in self._children and name not in self._names

    def under(self, prefix: str) -> tuple[str, ...]:
        """The names directly inside, sorted."""
        return tuple(sorted(self._children.get(prefix, ())))

    def canonical(self, dotted: str) -> str:
        """The row name of a path; the path itself, with known prefixes replaced, when no row is meant."""
        found = self._memo.get(dotted)
        if found is None:
            found = self._memo[dotted] = self._resolve(dotted)
        return found

    def _resolve(self, dotted: str) -> str:
        for _ in range(8):
            if dotted in self._names:
                return dotted
            following = self._step(dotted)
            if following == dotted:
                break
            dotted = following
        if dotted in self._names:
            return dotted
        if (
            dotted.startswith(PRIVATE)
            and dotted not in self._children
            and not self._is_public_module(dotted.rpartition(".")[0])
            and not _is_private_module(dotted)
        ):
            return self._published(dotted) or dotted
        old = V1 + dotted.removeprefix("tensorflow.")
        return old if dotted.startswith("tensorflow.") and old in self._names else dotted

    def _is_public_module(self, name: str) -> bool:
        return name in self._children and not name.startswith("tensorflow.python.")

    def _step(self, dotted: str) -> str:
        """One replacement: the longest alias that is a prefix, else a root, else the version 1 namespace."""
        prefix, rest = dotted, ""
        while prefix:
            target = self._aliases.get(prefix)
            if target is not None:
                return target + rest
            if prefix in self._names:
                return dotted
            prefix, _, last = prefix.rpartition(".")
            rest = f".{last}{rest}"
        if dotted in self._children:
            return dotted
        padded = dotted + "."
        for old, new in ROOTS:
            if padded.startswith(old):
                return (new + padded[len(old) :]).rstrip(".")
        if dotted.startswith(V1):
            return "tensorflow." + dotted.removeprefix(V1)
        return dotted

    def _published(self, dotted: str) -> str | None:
        """The one row whose last components are those of a private path, classes and their methods included."""
        parts = dotted.split(".")
        root = parts[0] + "."
        for used in (1, 2):  # a function or class; then a method or attribute of a class
            if len(parts) <= used + 1:
                break
            if used == 2 and not parts[-2].lstrip("_")[:1].isupper():
                break
            tail = "." + ".".join(parts[-used:])
            found = [
                name
                for name in self._last.get(parts[-1], ())
                if name.startswith(root) and name.endswith(tail) and (used == 2 or not _in_class(name))
            ]
            if len(found) > 1:
                found = self._nearest(found, tail, parts[1:-used])
            if len(found) == 1:
                return found[0]
        return None

    def _nearest(self, found: list[str], tail: str, path: list[str]) -> list[str]:
        """Of several rows of one name, those in the package the path goes through; else those not of version 1."""
        for part in reversed(path):
            home = HINTS.get(part) or f"{found[0].partition('.')[0]}.{part}"
            hinted = [name for name in found if name.removesuffix(tail) == home]
            if hinted:
                return hinted
        current = [name for name in found if not name.startswith(V1)] or found
        depth = min(name.count(".") for name in current)
        return [name for name in current if name.count(".") == depth]


def _is_private_module(dotted: str) -> bool:
    """Whether a path ends at a module: the packages in which TensorFlow defines things hold modules alone."""
    package, _, last = dotted.rpartition(".")
    return package in PACKAGES and last.islower()


def _in_class(name: str) -> bool:
    return name.rpartition(".")[0].rpartition(".")[2][:1].isupper()
