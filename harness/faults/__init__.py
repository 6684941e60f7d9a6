"""The fault layer: a proxy before a target that plants one named defect at a time, so that the gate itself can be measured (ADR 9)."""
