namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The master keys that this node was given: its own, and another while it is being changed (see Rotating). Whichever is in force wraps what is new; whatever either wrapped can be opened.
/// </summary>
/// <param name="own">The one that <c>ServiceOrders__MasterKey</c> sets.</param>
/// <param name="other">The one that <c>ServiceOrders__PreviousMasterKey</c> sets; null: none.</param>
public sealed class MasterKeys(MasterKey own, MasterKey? other = null)
{
    private volatile MasterKey _wrapping = own;

    /// <summary>The node's own.</summary>
    public MasterKey Own { get; } = own;

    /// <summary>The one that wraps what is new.</summary>
    public MasterKey Wrapping => _wrapping;

    /// <summary>Whether the node was given a key.</summary>
    public bool Knows(string id) => Own.Id == id || other?.Id == id;

    /// <summary>The key of an id.</summary>
    /// <exception cref="MasterKeyMissingException">The node was not given it.</exception>
    public MasterKey Of(string id) => Own.Id == id ? Own : other?.Id == id ? other : throw new MasterKeyMissingException(id);

    /// <summary>Wraps what is new with that key from now on.</summary>
    internal void WrapWith(string id) => _wrapping = Of(id);
}

/// <summary>Something is wrapped by a master key that this node was not given: it has to be started with the key that is in force.</summary>
/// <param name="id">The key's id.</param>
public sealed class MasterKeyMissingException(string id) : Exception($"This node was not given master key {id}.");
