namespace PluginUpgrade.Instances;

/// <summary>Problems of the list of instances: KU-12xx, and KU-1021 and KU-1022 for discovered addresses.</summary>
public static class InstanceProblem
{
    public static Problem SameName(string name, int count) => new("KU-1201", name,
        $"{count} configured or discovered instances have this name.", "Rename or remove all but one.");

    public static Problem SamePlace(IReadOnlyList<string> names, Target target) => new("KU-1202", string.Join(", ", names),
        $"These instances have the same schema: {target.Schema} in database {target.DatabaseName} on {target.Server}.",
        "Give each instance its own schema or database.");

    public static Problem BadDatabase(string name, string fault) => new("KU-1203", name,
        $"Its Database is not a valid connection string{fault}",
        "Write only what differs from the installation's, such as Database=NAME.");

    public static Problem QueryFailed(string reason) => new("KU-1204", "Discover:Query",
        $"The query that discovers instances failed: {reason}",
        "Correct the query or the tables that it reads; then run the same command.");

    public static Problem QueryShape(string reason) => new("KU-1205", "Discover:Query",
        $"The query's result cannot be used: {reason}", "Return the column name, and optionally schema, database and labels.");

    public static Problem BadName(string name, string fault) => new("KU-1206", $"instance '{name}'",
        $"The name that the query returned {fault}.", "Return names of letters, digits, '_', '-' and '.', at most 63 characters.");

    public static Problem BadSchema(string name, string fault) => new("KU-1207", $"instance '{name}'",
        $"The schema name that the query returned {fault}.", "Return another schema name.");

    public static Problem Unknown(string name, string? similar) => new("KU-1208", name,
        $"There is no instance with this name.{(similar is null ? "" : $" Did you mean {similar}?")}",
        $"See them all: {NextCommand.Of("status")}");

    public static Problem Inactive(string name) => new("KU-1209", name,
        "The instance is inactive: the settings have \"Active\": false.", "Set it to true, or do not name the instance.");

    public static Problem OtherServer(string name, string host, int port) => new("KU-1021", $"instance '{name}'",
        $"The discovered row names another server, {host} port {port}. The installation's password is not sent there.",
        "If that is right, allow the server in the settings: \"Discover\": { \"AllowServers\": [\"HOST:PORT\"] }. Otherwise correct " +
        "the row.");

    public static Problem SaysMore(string name, IReadOnlyList<string> said, IReadOnlyList<string> sayable) => new(
        "KU-1022", $"instance '{name}'",
        $"The database of the discovered row has parts that are not allowed: {Problem.Join(said)}.",
        $"Use only {Problem.Join(sayable)}, or the installation's values. Or configure the instance below Instances.");

    public static Problem NoMatch(string pattern) => new("KU-1211", pattern,
        "No instance's name matches this pattern.", $"List the instances: {NextCommand.Of("status --list")}");

    public static Problem NoLabel(string key, string value, IReadOnlyList<string> keys) => new("KU-1212", $"{key}={value}",
        $"No instance has this label.{(keys.Count == 0 ? " No instance has labels." : $" The labels are {Problem.Join(keys)}.")}",
        "Correct the label, or the instances' Labels in the settings.");

    public static Problem NoneLeft() => new("KU-1213", "INSTANCE",
        "No instance matches all conditions, or all that match are excluded.", "Use fewer conditions, or exclude fewer instances.");

    /// <param name="canBeAlone">Whether the command can do with the installation alone.</param>
    public static Problem None(bool canBeAlone) => new(NoneCode, "Instances",
        "There are no instances: none is configured, and none was discovered.",
        "Add instances below Instances or with Discover:Query"
            + (canBeAlone ? "; or use --installation-only" : "."));

    /// <summary>Of <see cref="None"/>.</summary>
    public const string NoneCode = "KU-1210";
}
