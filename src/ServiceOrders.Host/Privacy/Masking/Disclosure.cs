using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Access;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// What one answer tells its caller of one data subject: plain to those who may see it, masked to others, nothing once it was erased. The one way from sealed texts into answers; it keeps
/// count of what it showed, for the access log. What does not open, because it was damaged or was never sealed for this subject, is told as <see cref="Masks.Unreadable"/>, and counted: the rest of the
/// answer is as good as ever. For one answer, on one thread.
/// </summary>
/// <param name="key">The subject's key.</param>
/// <param name="caller">Who is answered.</param>
/// <param name="isErased">Whether the ticket tells that its data was erased, whatever this node still holds.</param>
public sealed class Disclosure(SubjectKey key, Caller caller, bool isErased = false)
{
    /// <summary>The meter that counts what does not open.</summary>
    public const string MeterName = "ServiceOrders.Privacy";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Unreadable = Meter.CreateCounter<long>("privacy.unreadable", "{text}", "Stored texts that looked sealed, asked for, and did not open with their subject's key");

    /// <summary>Whether the subject's data was erased.</summary>
    public bool IsErased => isErased || key.IsErased;

    /// <summary>What was shown so far, plain.</summary>
    public PersonalData Shown { get; private set; }

    /// <summary>A text; null: there was none, or it was erased.</summary>
    /// <param name="sealedText">As it is stored.</param>
    /// <param name="kind">What it is.</param>
    public string? Text(string? sealedText, PersonalData kind = PersonalData.Texts)
    {
        if (string.IsNullOrEmpty(sealedText) || IsErased) return null;
        return caller.SeesPersonalData ? Shows(sealedText, kind) : Masks.Text;
    }

    /// <summary>A text that somebody wrote about the subject: plain to its author, whoever that is; to others as any text.</summary>
    /// <param name="sealedText">As it is stored.</param>
    /// <param name="author">Who wrote it.</param>
    public string? Written(string? sealedText, Actor author) =>
        author != caller.Actor ? Text(sealedText) : string.IsNullOrEmpty(sealedText) || IsErased ? null : Shows(sealedText, PersonalData.Texts);

    /// <summary>Contact details; null: there were none, or they were erased.</summary>
    /// <param name="sealedContact">As they are stored.</param>
    public Contact? Contact(string? sealedContact)
    {
        if (string.IsNullOrEmpty(sealedContact) || IsErased) return null;
        if (Unseal(sealedContact) is not { } json) return new Contact(Masks.Unreadable, null, null, null);
        var contact = Domain.Tickets.Contact.FromJson(json);
        if (!caller.SeesPersonalData) return Masks.Of(contact);
        Show(json, PersonalData.Contact);
        return contact;
    }

    /// <summary>A name that is sealed where it may be the customer's, and plain where it is one of the staff's; null once it was erased.</summary>
    /// <param name="name">As it is stored.</param>
    public string? Name(string? name)
    {
        if (name is null || !SubjectKey.IsSealed(name)) return name;
        if (IsErased) return null;
        if (Unseal(name) is not { } plain) return Masks.Unreadable;
        return caller.SeesPersonalData ? Show(plain, PersonalData.Name) : Masks.Name(plain);
    }

    private string Shows(string sealedText, PersonalData kind) => Show(Unseal(sealedText), kind) ?? Masks.Unreadable;

    /// <summary>The plain text, of a subject that was not erased; null: it does not open.</summary>
    private string? Unseal(string sealedText)
    {
        try
        {
            return key.TryUnseal(sealedText);
        }
        catch (CryptographicException)
        {
            Unreadable.Add(1);
            return null;
        }
    }

    [return: NotNullIfNotNull(nameof(text))]
    private string? Show(string? text, PersonalData kind)
    {
        if (!string.IsNullOrEmpty(text)) Shown |= kind;
        return text;
    }
}
