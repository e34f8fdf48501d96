using System.Runtime.InteropServices;

namespace PluginUpgrade.Unix;

/// <summary>Flags of open(2). Two of them have other values on some architectures.</summary>
internal static class OpenFlags
{
    public const int ReadWrite = 0x2, Create = 0x40, Exclusive = 0x80, NonBlocking = 0x800, CloseOnExec = 0x80000;

    /// <summary>The handle identifies the entry but cannot read it: no right on the entry itself is needed.</summary>
    public const int NameOnly = 0x200000; // O_PATH

    private static readonly bool IsLikeArm =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le;

    public static readonly int Directory = IsLikeArm ? 0x4000 : 0x10000;

    public static readonly int NoFollow = IsLikeArm ? 0x8000 : 0x20000;
}
