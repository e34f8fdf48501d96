using PluginUpgrade.Running;

namespace PluginUpgrade.Reports;

/// <summary>Tells somebody what happens in a run. Knows what events say, and asks nothing.</summary>
public interface IRunReport
{
    void On(UpgradeEvent happened);
}
