"""`python -m tests.unit.domain.life FILE`: where the product and the reference differ on a calculate document of a life."""

import json
import sys
from pathlib import Path

from tests.unit.domain.life.comparison import differences

if __name__ == "__main__":
    found = differences(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    for key, product, reference in found:
        print(*key, "\n  product:  ", product, "\n  reference:", reference)
    sys.exit(bool(found))
