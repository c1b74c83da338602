"""Makes the TorchScript models that the tests of -Ppytorch load, each of them tiny.

    pip install -r ../../../../examples/pytorch/requirements.txt
    python make_models.py

Run it again only to add or change a model, and commit what it writes to ../resources/torchscript. The files are the same
bytes on every run.
"""

import zipfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn

TARGET = Path(__file__).resolve().parent.parent / "resources" / "torchscript"


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]))

    def forward(self, features: Tensor) -> Tuple[Tensor, Tensor]:
        scores = features @ self.weight
        return scores, scores.argmax(dim=1)


class LinearByName(Linear):
    def forward(self, features: Tensor) -> Dict[str, Tensor]:
        scores = features @ self.weight
        return {"label": scores.argmax(dim=1), "unused": scores, "scores": scores}


class LinearAsList(Linear):
    def forward(self, features: Tensor) -> List[Tensor]:
        scores = features @ self.weight
        return [scores, scores.argmax(dim=1)]


class Lookup(nn.Module):
    """Fails when an index is above 100."""

    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.arange(101, dtype=torch.float32))

    def forward(self, index: Tensor) -> Tensor:
        return self.table[index]


class Slow(nn.Module):
    """A step of a few milliseconds for every million iterations: a run can't be stopped, and must end in a test."""

    def forward(self, iterations: Tensor) -> Tensor:
        x = torch.ones([288, 288]) / 288
        for _ in range(int(iterations.item()) // 1000000):
            x = x @ x
        return x[:1, 0]


class Identity(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class Transposed(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.t()


class To(nn.Module):
    def __init__(self, datatype: torch.dtype):
        super().__init__()
        self.datatype = datatype

    def forward(self, x: Tensor) -> Tensor:
        return x.to(self.datatype)


class Sparse(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to_sparse()


class Difference(nn.Module):
    def forward(self, left: Tensor, right: Tensor, scale: Optional[Tensor] = None) -> Tensor:
        difference = left - right
        if scale is not None:
            difference = difference * scale
        return difference


class Keeper(nn.Module):
    """Gives what it was given the time before."""

    def __init__(self):
        super().__init__()
        self.before = torch.zeros(1)

    def forward(self, x: Tensor) -> Tensor:
        given = self.before
        self.before = x
        return given


class Scaled(nn.Module):
    def forward(self, x: Tensor, by: int) -> Tensor:
        return x * by


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


class Named(nn.Module):
    def forward(self, x: Tensor) -> Pair:
        return Pair(x, x)


class Reader(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + torch.from_file("/etc/hostname", False, 1, dtype=torch.uint8)


def save(name: str, module: nn.Module) -> None:
    path = TARGET / f"{name}.pt"
    torch.jit.save(torch.jit.script(module.eval()), str(path))
    leave_out_sources(path)


def leave_out_sources(path: Path) -> None:
    """Without the Python sources and their paths, which PyTorch adds for stack traces."""
    with zipfile.ZipFile(path) as archive:
        entries = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            if not name.endswith(".debug_pkl"):
                archive.writestr(zipfile.ZipInfo(name), content)


def save_as_pytorch_does(name: str) -> None:
    """Code that comes from a text has no path, so that the file can stay as PyTorch wrote it."""
    module = torch.jit.ScriptModule()
    module.define("def forward(self, x):\n    return x + x\n")
    torch.jit.save(module, str(TARGET / f"{name}.pt"))


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    save("linear", Linear())
    save("linear_by_name", LinearByName())
    save("linear_as_list", LinearAsList())
    save("lookup", Lookup())
    save("slow", Slow())
    save("identity", Identity())
    save("transposed", Transposed())
    for datatype in (torch.int16, torch.bfloat16, torch.complex64, torch.float64):
        save(f"to_{str(datatype).removeprefix('torch.')}", To(datatype))
    save("sparse", Sparse())
    save("difference", Difference())
    save("keeper", Keeper())
    save("scaled", Scaled())
    save("named", Named())
    save("reader", Reader())
    save_as_pytorch_does("doubled")


if __name__ == "__main__":
    main()
