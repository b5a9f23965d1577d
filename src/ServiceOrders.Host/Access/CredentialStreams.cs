using System.Xml;
using ServiceOrders.Domain.Channels;
using ServiceOrders.Domain.Credentials;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary>The streams of channels and staff, and what their operations share.</summary>
internal static class CredentialStreams
{
    public static readonly StreamKind<Channel, IChannelEvent> Channels =
        new("channel", Channel.Unregistered, (channel, happened, meta) => channel.Evolve(happened, meta), channel => channel.Version, (id, channel) => [CredentialRow.Of(id, channel)]);

    public static readonly StreamKind<StaffMember, IStaffEvent> Staff =
        new("staff", StaffMember.Unregistered, (member, happened, meta) => member.Evolve(happened, meta), member => member.Version, (id, member) => [CredentialRow.Of(id, member)]);

    /// <summary>A change that a caller asks for.</summary>
    public static ChangeRequest ChangeBy(HttpContext http, RequestKey? key, int status = StatusCodes.Status200OK) =>
        new(http.Caller().Actor, http.TraceId(), key, Preconditions.IfMatch(http), status);

    /// <summary>How long the old key is to count.</summary>
    /// <exception cref="ProblemException">422: no duration, or one out of range.</exception>
    public static TimeSpan OverlapOf(RotateKey body)
    {
        if (body.Overlap is null) return TimeSpan.FromHours(1);
        try
        {
            var overlap = XmlConvert.ToTimeSpan(body.Overlap);
            if (overlap >= TimeSpan.Zero && overlap <= KeyRing.LongestOverlap) return overlap;
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException)
        {
            // Told below, like a duration that is too long.
        }
        throw new ProblemException(Problem.With(ProblemTypes.InvalidFields, "overlap", "must be an ISO 8601 duration from PT0S to P30D, such as PT1H"));
    }
}
