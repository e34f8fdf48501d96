using PluginUpgrade.Running;

namespace PluginUpgrade.Reports;

/// <summary>Reports what happens in a run. It uses only the events, and reads nothing else.</summary>
public interface IRunReport
{
    void On(UpgradeEvent happened);
}
