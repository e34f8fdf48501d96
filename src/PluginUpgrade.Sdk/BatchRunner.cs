namespace PluginUpgrade;

/// <summary>Runs batches from the journal's cursor on, each with its cursor in one transaction. Made by krang-upgrade.</summary>
/// <param name="name">Tells several loops of one step apart.</param>
/// <param name="batch">Does one batch: cursor in, next cursor out, null at the end.</param>
/// <param name="cancellationToken">Cancels the batch that runs.</param>
public delegate Task BatchRunner(string name, Func<string?, CancellationToken, Task<string?>> batch, CancellationToken cancellationToken);
