"""A day of a fleet, simulated: fair order, slots, and a database that takes its time for every statement.

    python -m benchmarks.fleet --workers 100 --slots 8 --jobs-per-day 10000000 [--hours 24] [--seed 1]

Nothing is run and no server is needed. The load rises once to its peak, in the middle of the hours. A large
day is thinned: one k-th of the arrivals, workers, accounts and of the database, so that every ratio stays.
"""

from benchmarks.arguments import parser_of
from benchmarks.fleet_simulation import simulate
from benchmarks.fleet_values import PLANS, Fleet, Result

CONGESTED = 0.8
"""The part of a database that should be used at the most: beyond, waits grow fast."""


def report(fleet: Fleet, result: Result) -> str:
    """Say what came out, a line each."""
    room = max(0.0, CONGESTED - result.background) * fleet.database_cores
    by_slots = fleet.workers * fleet.slots / fleet.mean_service
    by_database = room / result.cost_per_job
    fair = [
        f"{plan} {share:.3f}" for plan, share in zip(PLANS, result.fairness, strict=True) if share is not None
    ]
    lines = [
        f"{result.arrived * result.thinned:,} jobs came, {result.completed * result.thinned:,} completed, "
        f"{result.unfinished * result.thinned:,} wait or run"
        + (f" (one {result.thinned}th of the fleet simulated)" if result.thinned > 1 else ""),
        "wait from submit to start: "
        + ", ".join(f"p{quantile} {result.wait(quantile / 100):.3f} s" for quantile in (50, 95, 99)),
        f"slots in use: {result.mean_running / result.slots:.1%} on average",
        f"database in use: {result.database:.1%}, in the worst ten minutes {result.database_peak:.1%}",
        f"of it loops and progress {result.background:.1%}, claims in vain {result.vain:.1%}",
        f"commits per second: {result.commits_per_second:,.0f}, without loops and progress",
        f"Jain's index among accounts that waited throughout: {', '.join(fair) or 'none did'}",
        f"slots saturate at {by_slots:,.0f} jobs/s, the database at {by_database:,.0f}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Parse the arguments, simulate, and print."""
    parser = parser_of(__doc__)
    parser.add_argument("--workers", type=int, default=100)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--jobs-per-day", type=float, default=1e7)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peak", type=float, default=5.0, help="the highest rate, relative to the mean")
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--service-seconds", type=float, default=1.0, help="the median of a job")
    parser.add_argument("--database-cores", type=float, default=8.0)
    fleet = Fleet(**vars(parser.parse_args()))
    print(report(fleet, simulate(fleet)))


if __name__ == "__main__":
    main()
