namespace PluginUpgrade.Instances;

/// <summary>Everything that can be wrong with the list of instances: KU-12xx.</summary>
public static class InstanceProblem
{
    public static Problem SameName(string name, int count) => new("KU-1201", name,
        $"{count} instances have this name, counting configured and discovered ones.", "Rename or remove all but one.");

    public static Problem SamePlace(IReadOnlyList<string> names, Target place) => new("KU-1202", string.Join(", ", names),
        $"These instances lie in one and the same schema: {place.Schema} in database {place.DatabaseName} on {place.Server}.",
        "Give each a schema or a database of its own.");

    public static Problem BadDatabase(string name, string fault) => new("KU-1203", name,
        $"Its Database is not a connection string that can be used{fault}",
        "Write what differs from the installation's, as Database=NAME.");

    public static Problem QueryFailed(string reason) => new("KU-1204", "Discover:Query",
        $"The query that discovers instances failed: {reason}", "Correct the query, or what it reads; then run the same command.");

    public static Problem QueryShape(string reason) => new("KU-1205", "Discover:Query",
        $"The query answers what cannot be used: {reason}", "Let it answer the columns name, and optionally schema, database and labels.");

    public static Problem BadName(string name, string fault) => new("KU-1206", $"instance '{name}'",
        $"The name that the query found {fault}.", "Let the query answer names of letters, digits, '_', '-' and '.', at most 63 of them.");

    public static Problem BadSchema(string name, string fault) => new("KU-1207", $"instance '{name}'",
        $"The name of its schema, found by the query, {fault}.", "Let the query answer another schema.");

    public static Problem Unknown(string name, string? similar) => new("KU-1208", name,
        $"There is no instance of this name.{(similar is null ? "" : $" Is it {similar}?")}", "See them all: krang-upgrade status");

    public static Problem Inactive(string name) => new("KU-1209", name,
        "The instance is inactive: the settings say \"Active\": false.", "Set it to true, or leave the instance out.");

    public static Problem OtherServer(string name, string host, int port) => new("KU-1021", $"instance '{name}'",
        $"The row that the query found leads to another server, {host} port {port}: the installation's password is not sent there.",
        "Where that is right, name the server in the settings: \"Discover\": { \"AllowServers\": [\"HOST:PORT\"] }; else correct the row.");

    public static Problem SaysMore(string name, IReadOnlyList<string> said, IReadOnlyList<string> sayable) => new(
        "KU-1022", $"instance '{name}'",
        $"The database of the row that the query found says more than a row may: {Problem.Join(said)}.",
        $"Let it say only {Problem.Join(sayable)}, or the same as the installation. Or configure the instance below Instances.");

    public static Problem NoMatch(string pattern) => new("KU-1211", pattern,
        "No instance's name is like this pattern.", "See them all: krang-upgrade status --list");

    public static Problem NoLabel(string key, string value, IReadOnlyList<string> keys) => new("KU-1212", $"{key}={value}",
        $"No instance has this label.{(keys.Count == 0 ? " There are no labels at all." : $" There are the labels {Problem.Join(keys)}.")}",
        "Correct it, or the instances' Labels in the settings.");

    public static Problem NoneLeft() => new("KU-1213", "INSTANCE",
        "No instance is left: none has all that is asked for and is not excluded.", "Ask for less, or exclude fewer.");

    public static Problem None() => new("KU-1210", "Instances",
        "No instances found: none is configured, and none was discovered.",
        "Add them below Instances or by Discover:Query; or upgrade the installation alone: --installation-only.");
}
