using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Checks;

/// <summary>The settings name every schema that holds an instance's journal: an upgrade would leave out a forgotten one.</summary>
public static class UnknownInstanceCheck
{
    /// <summary>Indented, and then joined to one line: JSON escapes line feeds in values, so that only formatting is replaced.</summary>
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        IndentSize = 0,
        NewLine = "\n",
    };

    public static IEnumerable<Problem> Find(CheckedDatabase database, Target installation)
    {
        var schemas = database.Contents.UnknownInstances;
        if (schemas.Count == 0) yield break;
        yield return new Problem("KU-3218", Problem.Join(schemas),
            $"{(schemas.Count == 1 ? "This schema" : "These schemas")} of {database.Name} "
            + $"contain{(schemas.Count == 1 ? "s" : "")} an instance's "
                + "journal, but the settings name no such instance. An upgrade would leave it at its version.",
            $"Add to Instances: {string.Join(", ", schemas.Take(5).Select(schema => Line(schema, database, installation)))}"
                + $"{(schemas.Count > 5 ? ", …" : "")}; or drop schemas that nobody needs.", Severity.Warning);
    }

    private static string Line(string schema, CheckedDatabase database, Target installation)
    {
        JsonObject instance = [];
        if ((database.Around.Server, database.Around.Database) != (installation.Server, installation.DatabaseName))
            instance["Database"] = $"Database={database.Around.Database}";
        instance["Schema"] = schema;
        var line = new JsonObject { [InstanceName.Fault(schema) is null ? schema : "NAME"] = instance };
        // Without the outer braces.
        return line.ToJsonString(Json).Replace('\n', ' ')[2..^2];
    }
}
