namespace PluginUpgrade;

/// <summary>
/// Runs batches, beginning at the cursor in the journal. Each batch and its cursor commit in one transaction. Implemented by krang-upgrade.
/// </summary>
/// <param name="name">Distinguishes several loops of one step.</param>
/// <param name="batch">Runs one batch: takes a cursor, returns the next one, or null at the end.</param>
/// <param name="cancellationToken">Cancels the current batch.</param>
public delegate Task BatchRunner(string name, Func<string?, CancellationToken, Task<string?>> batch, CancellationToken cancellationToken);
