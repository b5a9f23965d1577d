-- How many tickets a change of rules reached is told by their events: at its end, a job counts those that name it as their cause.
create index retargeted_by_cause on events.mt_events (causation_id) where type in ('milestone_retargeted', 'policy_rebound');
