"""A rollback as lines of Ruby for a Rails console, where Flagstaff can't write. Pure.

It compares nothing: whatever a toggle is at now, it goes down, and its testers are put back. Running it twice is safe.
Every text becomes a literal of printable ASCII in which nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence

from flagstaff.model.exposure import Exposure
from flagstaff.providers.flipper.handoff_rails import ascii_line, literal

_PROGRAM = """\
rollback.each do |key, percentage|
  feature = Flipper[key]
  next puts("#{key}: not here") unless feature.exist?
  actors, groups = feature.actors_value.to_a, feature.groups_value.to_a
  feature.disable
  feature.enable_percentage_of_actors(percentage) if percentage > 0
  (actors if keep_testers).to_a.each { |id| feature.enable_actor(Flipper::Actor.new(id)) }
  (groups if keep_testers).to_a.each { |name| feature.enable_group(name.to_sym) }
  puts "#{key}: #{feature.percentage_of_actors_value} %, #{feature.state}, #{feature.actors_value.size} actors"
rescue StandardError => error
  puts "#{key}: NOT DOWN, #{error.class}: #{error.message}"
end; nil
"""


def rollback_script(toggles: Sequence[tuple[str, Exposure]], *, environment: str, testers: bool) -> str:
    """`toggles` in their order, each with where it goes; `testers`: these lose it, too."""
    rows = ",\n".join(f"  [{literal(key)}, {exposure.encode()}]" for key, exposure in toggles)
    return (
        f"# Rollback in {ascii_line(environment)}, dependents first: paste it into the Rails console.\n"
        f"keep_testers = {literal(not testers)}\n"
        f"rollback = [\n{rows}\n]\n{_PROGRAM}"
    )
