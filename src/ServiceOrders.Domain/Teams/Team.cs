namespace ServiceOrders.Domain.Teams;

/// <summary>A team as far as escalation needs it (row D5): who supervises it, level by level.</summary>
public sealed record Team
{
    /// <summary>The team's name, as tickets are assigned to it.</summary>
    public required string Name { get; init; }
    /// <summary>上级主管: who takes over at each level.</summary>
    public required IReadOnlyList<Supervisor> Supervisors { get; init; }
    /// <summary>Whether its supervisors also answer for tickets that no team, or none that is set up here, is responsible for.</summary>
    public bool AnswersForOthers { get; init; }

    /// <summary>Who answers at a level: the supervisor of that level, or of the highest below it that has one; null: nobody does.</summary>
    /// <param name="level">From 1.</param>
    public string? SupervisorAt(int level)
    {
        Supervisor? found = null;
        foreach (var supervisor in Supervisors)
        {
            if (supervisor.Level <= level && supervisor.Level > (found?.Level ?? 0)) found = supervisor;
        }
        return found?.Name;
    }
}

/// <summary>A supervisor of a team.</summary>
/// <param name="Level">The escalation level at which this person takes over, 1 to 9.</param>
/// <param name="Name">The person, or a department (相关部门).</param>
public sealed record Supervisor(int Level, string Name);
