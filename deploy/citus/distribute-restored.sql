-- Distributes the journal of a database that was restored from a backup of a distributed one:
-- docs/operating/scale-out.md. All of it is on the coordinator then, with the tables that
-- distribute.sql had made, so only the last part of that is left to do.
--
--     psql -v ON_ERROR_STOP=1 -1 -f distribute-restored.sql "$STAMPBOOK_DATABASE_URL"

SET LOCAL citus.enable_unsafe_triggers TO on;

SELECT create_distributed_table('transactions', 'shard', colocate_with => 'none');
SELECT create_distributed_table('lot_rows', 'shard', colocate_with => 'transactions');
SELECT create_distributed_table('standings', 'shard', colocate_with => 'transactions');
SELECT create_distributed_table('holdings', 'shard', colocate_with => 'transactions');
SELECT create_distributed_table('lot_births', 'shard', colocate_with => 'transactions');
SELECT citus_add_local_table_to_metadata('distributed_saves');
