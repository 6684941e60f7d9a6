"""No test asserts a time: on a busy machine a property of 20 ms took 600, and hypothesis called that a failure."""

from hypothesis import HealthCheck, settings


def test_properties_have_no_deadline() -> None:
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
