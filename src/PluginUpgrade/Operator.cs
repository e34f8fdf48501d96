namespace PluginUpgrade;

/// <summary>The person who runs this process, for journals and logs. A statement of the environment, and no proof.</summary>
public static class Operator
{
    private const int Longest = 100;

    /// <summary>Names the person where the system's user is shared, as on a machine of a pipeline.</summary>
    public const string Variable = "KRANG_USER";

    /// <summary><c>KRANG_USER</c>; or whoever called sudo; or the system's user.</summary>
    public static string Name { get; } = Of(Environment.GetEnvironmentVariable);

    public static string Of(Func<string, string?> variable)
    {
        var name = new[] { variable(Variable), variable("SUDO_USER"), Environment.UserName }
            .Select(text => Printable.Line((text ?? "").Trim())).FirstOrDefault(text => text.Length > 0) ?? "unknown";
        return name.Length > Longest ? name[..Longest] : name;
    }
}
