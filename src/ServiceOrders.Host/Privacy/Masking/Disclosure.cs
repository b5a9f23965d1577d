using System.Diagnostics.CodeAnalysis;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Access;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// What one answer tells its caller of one data subject: plain to those who may see it, masked to others, nothing once it was erased. The one way from sealed texts into answers; it keeps
/// count of what it showed, for the access log. For one answer, on one thread.
/// </summary>
/// <param name="key">The subject's key.</param>
/// <param name="caller">Who is answered.</param>
/// <param name="isErased">Whether the ticket tells that its data was erased, whatever this node still holds.</param>
public sealed class Disclosure(SubjectKey key, Caller caller, bool isErased = false)
{
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
        return caller.SeesPersonalData ? Show(key.TryUnseal(sealedText), kind) : Masks.Text;
    }

    /// <summary>A text that somebody wrote about the subject: plain to its author, whoever that is; to others as any text.</summary>
    /// <param name="sealedText">As it is stored.</param>
    /// <param name="author">Who wrote it.</param>
    public string? Written(string? sealedText, Actor author) =>
        author != caller.Actor ? Text(sealedText) : string.IsNullOrEmpty(sealedText) || IsErased ? null : Show(key.TryUnseal(sealedText), PersonalData.Texts);

    /// <summary>Contact details; null: there were none, or they were erased.</summary>
    /// <param name="sealedContact">As they are stored.</param>
    public Contact? Contact(string? sealedContact)
    {
        if (string.IsNullOrEmpty(sealedContact) || IsErased || key.TryUnseal(sealedContact) is not { } json) return null;
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
        if (IsErased || key.TryUnseal(name) is not { } plain) return null;
        return caller.SeesPersonalData ? Show(plain, PersonalData.Name) : Masks.Name(plain);
    }

    [return: NotNullIfNotNull(nameof(text))]
    private string? Show(string? text, PersonalData kind)
    {
        if (!string.IsNullOrEmpty(text)) Shown |= kind;
        return text;
    }
}
