using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Migrations;

namespace PluginUpgrade.Bench;

/// <summary>Migrations alone: no model, so nothing is to be compared with one.</summary>
internal sealed class CmsContext(string connection) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder options) => options
        .UseNpgsql(connection)
        .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
}

/// <summary>Sends a step's SQL, as migrations do that are written by hand.</summary>
internal abstract class CmsMigration(int step) : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(Cms.Steps[step].Sql);
}
