# An application's console, as far as a hand-off needs one: Flipper with the memory adapter or, behind a cache, the
# ActiveRecord adapter on PostgreSQL; the toggles of a JSON file put there by the gem; then the script, loaded.
# The last line of its output is what the store then has.
#
#   ruby handoff_console.rb '{"toggles": {...}, "script": "handoff.rb", "database": {...} or null, "watch": ["key", "id"]}'

require "json"
require "flipper"

Encoding.default_external = Encoding.default_internal = Encoding::UTF_8
ORDER = JSON.parse(ARGV.fetch(0))
Actor = Struct.new(:flipper_id)
Flipper.register(:staff) { |_| false }

def tables
  ActiveRecord::Schema.verbose = false
  ActiveRecord::Schema.define do
    create_table(:flipper_features) do |table|
      table.string :key, null: false
      table.timestamps null: false
    end
    add_index :flipper_features, :key, unique: true
    create_table(:flipper_gates) do |table|
      table.string :feature_key, null: false
      table.string :key, null: false
      table.string :value
      table.timestamps null: false
    end
    add_index :flipper_gates, %i[feature_key key value], unique: true
  end
end

def connect
  require "flipper/adapters/active_record"
  require "active_support/cache"
  require "flipper/adapters/active_support_cache_store"
  ActiveRecord::Base.establish_connection(ORDER["database"].merge("adapter" => "postgresql", "pool" => 5))
  tables unless ActiveRecord::Base.connection.table_exists?(:flipper_features)
  cache = ActiveSupport::Cache::MemoryStore.new
  rows = Flipper::Adapters::ActiveRecord.new
  Flipper.configure do |config|
    config.adapter { Flipper::Adapters::ActiveSupportCacheStore.new(rows, cache, expires_in: 60, write_through: true) }
  end
end

def fill(toggles)
  toggles.each do |key, gates|
    feature = Flipper[key]
    feature.add
    feature.enable if gates["boolean"] == "true"
    feature.enable_percentage_of_actors(gates["percentage_of_actors"].to_f) if gates["percentage_of_actors"]
    feature.enable_percentage_of_time(gates["percentage_of_time"].to_i) if gates["percentage_of_time"]
    gates["actors"].each { |id| feature.enable_actor(Actor.new(id)) }
    gates["groups"].each { |name| feature.enable_group(name.to_sym) }
  end
end

# Another process's eyes: reads without a cache, on a connection of its own, until it is told.
def watch(key, id)
  told, reads, off = false, 0, 0
  thread = Thread.new do
    ActiveRecord::Base.connection_pool.with_connection do
      until told && reads >= 2000
        off += 1 unless Flipper.new(Flipper::Adapters::ActiveRecord.new)[key].enabled?(Actor.new(id))
        reads += 1
      end
    end
  end
  sleep 0.05 until reads > 50
  yield
  told = true
  thread.join
  { "reads" => reads, "off" => off }
end

memory = Flipper::Adapters::Memory.new
ORDER["database"] ? connect : Flipper.configure { |config| config.adapter { memory } }
fill(ORDER["toggles"])
seen = nil
if ORDER["watch"]
  seen = watch(*ORDER["watch"]) { load ORDER["script"] }
else
  load ORDER["script"]
end
found = Flipper.features.map do |feature|
  values = feature.gate_values
  [feature.key, {
    "boolean" => values.boolean, "actors" => values.actors.to_a.sort, "groups" => values.groups.to_a.sort,
    "share" => values.percentage_of_actors, "time" => values.percentage_of_time
  }]
end
puts JSON.generate("toggles" => found.to_h, "seen" => seen)
