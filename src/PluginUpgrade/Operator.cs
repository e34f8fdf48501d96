namespace PluginUpgrade;

/// <summary>The person who runs this process, for journals and logs. Taken from the environment, so it proves nothing.</summary>
public static class Operator
{
    private const int Longest = 100;

    /// <summary>Names the person where the system's user is shared, for example on a CI machine.</summary>
    public const string Variable = "KRANG_USER";

    /// <summary><c>KRANG_USER</c>; or the user who called sudo; or the system's user.</summary>
    public static string Name { get; } = Of(Environment.GetEnvironmentVariable);

    public static string Of(Func<string, string?> variable)
    {
        var name = new[] { variable(Variable), variable("SUDO_USER"), Environment.UserName }
            .Select(text => Printable.Line((text ?? "").Trim())).FirstOrDefault(text => text.Length > 0) ?? "unknown";
        return Printable.Beginning(name, Longest);
    }
}
