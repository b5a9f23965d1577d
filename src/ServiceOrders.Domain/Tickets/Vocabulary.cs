namespace ServiceOrders.Domain.Tickets;

/// <summary>What the customer asks for (row I6).</summary>
public enum TicketKind
{
    /// <summary>维修.</summary>
    Repair,
    /// <summary>更换.</summary>
    Replacement,
    /// <summary>咨询; pre-sale and in-sale questions as well (row I9).</summary>
    Consultation,
    /// <summary>装机, 安装.</summary>
    Installation,
    /// <summary>保养.</summary>
    Maintenance,
    /// <summary>投诉.</summary>
    Complaint,
    /// <summary>退换.</summary>
    Return,
}

/// <summary>How soon help is needed (row I7), the most pressing first.</summary>
public enum Urgency
{
    /// <summary>紧急: a safety risk or the loss of a core function; opens the green lane (绿色通道).</summary>
    Urgent,
    /// <summary>重要.</summary>
    Important,
    /// <summary>一般.</summary>
    Normal,
}

/// <summary>How hard the problem is; deadlines differ by it (001, 003).</summary>
public enum Complexity
{
    /// <summary>Solved remotely, at once.</summary>
    Simple,
    /// <summary>标准问题: a common question or an ordinary fault.</summary>
    Standard,
    /// <summary>复杂问题: several products, third-party support, or beyond the agent's authority.</summary>
    Complex,
}

/// <summary>The medium by which a request or message travels (row I1).</summary>
public enum Medium
{
    /// <summary>Telephone.</summary>
    Phone,
    /// <summary>E-mail.</summary>
    Email,
    /// <summary>Online chat.</summary>
    Chat,
    /// <summary>The firm's website.</summary>
    Web,
    /// <summary>The firm's app.</summary>
    App,
    /// <summary>微信公众号.</summary>
    Wechat,
    /// <summary>Social media.</summary>
    Social,
}

/// <summary>Where a ticket stands.</summary>
public enum TicketStatus
{
    /// <summary>Received, nobody has taken it on yet.</summary>
    Open,
    /// <summary>The customer was asked for what is missing.</summary>
    AwaitingInformation,
    /// <summary>确认接收: receipt was confirmed.</summary>
    Acknowledged,
    /// <summary>Someone works on it.</summary>
    InProgress,
    /// <summary>Waits for the customer, for parts or for a third party.</summary>
    OnHold,
    /// <summary>A resolution was given, the customer has not yet confirmed it.</summary>
    Resolved,
    /// <summary>闭环: the customer confirmed the resolution.</summary>
    Confirmed,
    /// <summary>Done.</summary>
    Closed,
    /// <summary>Withdrawn.</summary>
    Cancelled,
}

/// <summary>Why a ticket is on hold (row D3).</summary>
public enum HoldReason
{
    /// <summary>The customer owes an answer.</summary>
    AwaitingCustomer,
    /// <summary>配件缺货: parts are awaited.</summary>
    AwaitingParts,
    /// <summary>A third party owes its part.</summary>
    AwaitingThirdParty,
}

/// <summary>The customer's tier (row K2).</summary>
public enum CustomerTier
{
    /// <summary>普通客户.</summary>
    Standard,
    /// <summary>高价值客户.</summary>
    High,
}

/// <summary>What the fault came from (row H2).</summary>
public enum FaultCause
{
    /// <summary>硬件损坏.</summary>
    Hardware,
    /// <summary>软件冲突.</summary>
    Software,
    /// <summary>操作不当.</summary>
    Handling,
    /// <summary>Installation.</summary>
    Installation,
    /// <summary>Surroundings: power, network, climate.</summary>
    Environment,
    /// <summary>Anything else.</summary>
    Other,
    /// <summary>Examined, not found.</summary>
    Unknown,
}

/// <summary>Who did something.</summary>
public enum ActorKind
{
    /// <summary>An external channel, on its customer's behalf.</summary>
    Channel,
    /// <summary>A member of staff.</summary>
    Staff,
    /// <summary>The deadline clock. Its events never make an <c>If-Match</c> stale.</summary>
    Clock,
    /// <summary>The service itself: first start, shipped data, retargeting. Its events never make an <c>If-Match</c> stale.</summary>
    System,
}

/// <summary>Who did something.</summary>
/// <param name="Kind">What sort of actor.</param>
/// <param name="Id">The channel's or staff member's name, or the part of the service that acted.</param>
public sealed record Actor(ActorKind Kind, string Id)
{
    /// <summary>The clock that settles deadlines.</summary>
    public static readonly Actor Clock = new(ActorKind.Clock, "deadlines");
}
