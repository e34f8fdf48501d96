namespace PluginUpgrade.Schemas.Reading;

/// <summary>Where something is declared.</summary>
/// <param name="Table">The table or type; null: the declaration as a whole.</param>
/// <param name="Part">Its column, constraint, index or value; null: the table as a whole.</param>
internal sealed record Place(DeclaredSchema In, string? Table = null, string? Part = null)
{
    /// <summary>As in <c>Acme.WikiSchema, users.zip</c>.</summary>
    public override string ToString() => Table is null ? In.ClassName : $"{In.ClassName}, {Table}{(Part is null ? "" : $".{Part}")}";
}

/// <summary>All mistakes of a component's declarations.</summary>
internal sealed class Mistakes(string component)
{
    private readonly List<SchemaMistake> _found = [];

    public IReadOnlyList<SchemaMistake> Found => _found;

    public void Add(string code, Place place, string message, string remedy)
    {
        var mistake = new SchemaMistake(
            new Problem(code, place.In.File, Printable.Line($"{place}: {message}"), Printable.Line(remedy)), component);
        if (!_found.Contains(mistake)) _found.Add(mistake);
    }
}
