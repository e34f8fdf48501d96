namespace PluginUpgrade.Tests.Payloads;

public sealed class KilledException() : Exception("killed");

/// <summary>Stands for SIGKILL before the n-th operation on the disk: that one, and every later one, does not happen.</summary>
internal sealed class Killer(int at)
{
    public int Operations { get; private set; }

    public bool Killed => Operations >= at;

    public void BeforeEach(string operation)
    {
        if (++Operations >= at) throw new KilledException();
    }
}
