namespace ServiceOrders.Domain.Privacy;

/// <summary>
/// A data subject's key was destroyed: what was sealed with it, in events, rows and in backups made from now on, can never be read again (row K5). The one event of a stream of type
/// <c>data_subject</c>; stored together with the destruction. Each of the subject's tickets then gets a <see cref="Tickets.PersonalDataErased"/>.
/// </summary>
/// <param name="SubjectId">The subject: a customer, or a ticket that had none.</param>
/// <param name="Reference">What the request is known by outside; no personal data.</param>
public sealed record SubjectErased(Guid SubjectId, string? Reference);

/// <summary>The master key was changed: every key of a data subject and every secret is wrapped by the new one, and the old one may be removed. Of the stream of type <c>master_key</c>.</summary>
/// <param name="OldKeyId">The id of the key that was in force.</param>
/// <param name="NewKeyId">The id of the one that is now.</param>
public sealed record MasterKeyRotated(string OldKeyId, string NewKeyId);
