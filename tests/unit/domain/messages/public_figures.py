"""The figures of the public samples by type of message, as public/README.md shows them: `python -m tests.unit.domain.messages.public_figures`
writes them there. Those of today come from public/NOT_YET, which a test holds to what the reader does."""

from tests.unit.domain.messages.public_samples import FOLDER, NOT_YET, SAMPLES

README = FOLDER / "README.md"
FIRST_TRY = set((FOLDER / "FIRST_TRY").read_text(encoding="utf-8").split())
"""Samples whose facts, or whose field at fault, were right at the first run."""
START, END = "<!-- figures -->\n", "<!-- /figures -->\n"
HEAD = "| Samples | must be read | first try | read whole | must be refused | first try | at the right field |"


def type_of(name):
    """Return the type of a sample's first message; all types of which none must be read are one."""
    return _type(name) if _type(name) in {_type(other) for other in SAMPLES if _is_read(other)} else "other types"


def _type(name):
    return SAMPLES[name]["kind"].split()[0]


def _is_read(name):
    return SAMPLES[name]["must"] == "read"


def origin_of(name):
    """Return whether a public sample has this structure, and as it stands there or mended so that it can be read."""
    source = SAMPLES[name]["source"]
    if "no public sample" in source:
        return "after the standard"
    return "mended public" if ", with " in source else "public"


def row(title, names):
    """Return the table's line of some samples."""
    read, refused = ({name for name in names if _is_read(name) == is_read} for is_read in (True, False))
    cells = (cell for of in (read, refused) for cell in (len(of), len(of & FIRST_TRY), _part(of - NOT_YET, of)))
    return f"| {title} | {' | '.join(map(str, cells))} |"


def _part(some, of):
    return f"{len(some)} ({100 * len(some) / len(of):.1f} %)" if of else "none"


def table():
    """Return the figures as Markdown: by type, by origin, and of all."""
    lines = [HEAD, "|---" * HEAD.count(" | ") + "|---|"]
    for group in (type_of, origin_of):
        groups = {title: {name for name in SAMPLES if group(name) == title} for title in sorted(map(group, SAMPLES))}
        lines += [row(title, names) for title, names in groups.items()]
    return "\n".join([*lines, row("**all**", SAMPLES)]) + "\n"


def with_table(text):
    """Return the page with the figures between its marks."""
    before, _, rest = text.partition(START)
    return before + START + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
