"""`verify` over fakes, each wrong in one way; prints what came of them."""

import json
import sys
from pathlib import Path

from verify_fakes import Animals, Rows, verified

from aistacks_core.errors import UserError
from aistacks_models import Gates
from aistacks_models.verification.document import Verification

MANY = {
    "original": {"seconds": 0.004},
    "same": {"seconds": 0.001, "bytes": 900},
    "torch": {"seconds": 0.0001, "bytes": 900, "runtime": "torch"},
    "blind-to-owls": {"wrong": 0.2, "only": "owl", "shift": 0.1, "bytes": 950},
    "random": {"random": True},
    "by-process": {"by_process": True},
    "neighbours": {"neighbours": True, "seconds": 0.01},
    "dies": {"dies": True},
    "lax": {"lax": True},
    "broken": {"broken": True},
}
FEW = {"original": {}, "shifted": {"shift": 0.1}, "noisy": {"wrong": 0.05, "shift": 0.1}}


def told(stage):
    document = Verification.read(stage.folder)
    return {
        "chosen": document.chosen,
        "dropped": [one.name for one in document.dropped],
        "files": sorted(path.name for path in (stage.folder / "report").iterdir()),
        "variants": {
            one.name: {
                "passed": one.passed,
                "refused_by": [verdict.gate for verdict in one.refused_by],
                "verdicts": {verdict.gate: [verdict.answer, verdict.why] for verdict in one.verdicts},
                **one.measured.model_dump(mode="json"),
            }
            for one in document.variants
        },
    }


def with_gates(model, **gates):
    vars(model)["gates"] = Gates(**gates)
    return model


def main(root):
    many = with_gates(Animals(Rows(rows=1500)), quality_loss=0.12, class_quality_loss=0.05, agreement=None)
    first = verified(root / "many", many, MANY, dropped=[("too-new", "no such hardware here")])
    lines = []
    again = verified(root / "many", with_gates(many, quality_loss=0.02), MANY, [("too-new", "no")], lines.append)
    few = verified(root / "few", Animals(Rows(rows=45)), FEW)
    try:
        verified(root / "gone", Animals(), {"original": {"broken": True}, "same": {}})
        error = ""
    except UserError as raised:
        error = str(raised)
    return {"many": told(first), "again": told(again), "lines": lines, "few": told(few), "error": error}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
