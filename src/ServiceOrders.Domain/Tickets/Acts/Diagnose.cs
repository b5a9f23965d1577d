namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>诊断: the fault is examined, remotely first, then on site (row H2).</summary>
public sealed record Diagnose : ReasonedAct
{
    /// <summary>Where the fault came from.</summary>
    public FaultCause? Cause { get; init; }
    /// <summary>Whether it was examined remotely, as is the rule; false: on site.</summary>
    public bool Remote { get; init; } = true;
    /// <summary>What was found.</summary>
    public string? Findings { get; init; }

    internal static void Validate(Diagnose act, Check check) => check.Known("cause", act.Cause).Text("findings", act.Findings);

    /// <summary><see cref="FaultDiagnosed"/> while work goes on, on hold as well; a later diagnosis corrects an earlier one.</summary>
    public static Decision Decide(Ticket ticket, Diagnose act, ActContext context) =>
        ticket.WorkIsOver() is { } over ? over : context.Happens(act, new FaultDiagnosed(act.Cause ?? FaultCause.Unknown, act.Remote, context.SealOptional(act.Findings)));
}
