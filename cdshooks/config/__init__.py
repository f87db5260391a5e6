"""Settings: what can be set, where it is read from, what holds; and the one place that asks the real clock."""

from cdshooks.config.clock import clock, now
from cdshooks.config.read import Held, held, read_settings
from cdshooks.config.settings import Said, Settings, said

__all__ = ["Held", "Said", "Settings", "clock", "held", "now", "read_settings", "said"]
