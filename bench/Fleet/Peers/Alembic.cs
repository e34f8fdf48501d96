using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Peers;

/// <summary>https://alembic.sqlalchemy.org</summary>
internal static class Alembic
{
    private const string Environment = """"
        from alembic import context
        from sqlalchemy import create_engine

        engine = create_engine("postgresql+psycopg2:///" + context.get_x_argument(as_dictionary=True)["database"])
        with engine.connect() as connection:
            context.configure(connection=connection, transaction_per_migration=True)
            with context.begin_transaction():
                context.run_migrations()
        """";

    // It keeps one row, the version that it has reached: how many transactions there were cannot be told from it.
    private static readonly Proof Reached = new($"(SELECT version_num FROM {{0}}.alembic_version) = '{Cms.Steps[^1].Number}'");

    public static Rival Of(DatabaseFleet fleet)
    {
        var ini = fleet.File("alembic/alembic.ini", "[alembic]\nscript_location = %(here)s\n");
        fleet.File("alembic/env.py", Environment);
        for (var i = 0; i < Cms.Steps.Count; i++)
        {
            var before = i == 0 ? "None" : $"'{Cms.Steps[i - 1].Number}'";
            fleet.File($"alembic/versions/{Cms.Steps[i].Name}.py", Version(Cms.Steps[i], before));
        }
        return Peer.Under("alembic", fleet, Reached, "alembic", "-c", ini, "-x", "database={}", "upgrade", "head");
    }

    private static string Version(CmsStep step, string before) => $""""
        from alembic import op

        revision = '{step.Number}'
        down_revision = {before}


        def upgrade():
            op.execute("""{step.Sql}""")
        """";
}
