"""No test asserts a time: a property that took 0.6 s on a busy machine was a failure to hypothesis, by default."""

from hypothesis import HealthCheck, settings


def test_properties_have_no_deadline() -> None:
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
