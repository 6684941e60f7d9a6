"""A pytest plugin: how hypothesis runs under a mutant.

The same examples for every mutant and every run, so that a figure can be repeated; no deadline and no health check, so that a busy machine
kills no mutant; no shrinking, as one failure is enough to kill; and a quarter of the examples, which can only lower the figure.
"""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutation",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")
