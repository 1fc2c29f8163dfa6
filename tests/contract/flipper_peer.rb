# The real Flipper gem on a database, driven by a test: one JSON request a line on stdin, one JSON answer a line on
# stdout. It is what an application with Flipper would be: it makes its tables by the gem's own migration, and reads
# and writes through the gem's ActiveRecord adapter.
#
#   ruby flipper_peer.rb '{"host": "/socket/directory", "port": 5433, "database": "test_0", "username": "owner"}'

require "erb"
require "io/wait"
require "json"
require "flipper"
require "flipper/adapters/active_record"

Encoding.default_external = Encoding.default_internal = Encoding::UTF_8
$stdout.sync = true

Actor = Struct.new(:flipper_id)
Flipper.register(:staff) { |actor| actor.flipper_id.start_with?("staff") }

# One connection of the pool for each thread that reads or writes.
ActiveRecord::Base.establish_connection(JSON.parse(ARGV.fetch(0)).merge("adapter" => "postgresql", "pool" => 10))

def fresh
  Flipper.new(Flipper::Adapters::ActiveRecord.new)
end

# The tables, by the template from which the gem's generator makes an application's migration.
def migrate
  migration_version = "[6.1]"
  gem = Gem::Specification.find_by_name("flipper-active_record").gem_dir
  template = File.read(Dir.glob("#{gem}/**/flipper/templates/migration.erb").fetch(0))
  TOPLEVEL_BINDING.eval(ERB.new(template).result(binding))
  ActiveRecord::Migration.suppress_messages { CreateFlipperTables.migrate(:up) }
end

# A feature as the gem sees it.
def look(key)
  feature = fresh[key]
  values = feature.gate_values
  {
    exists: feature.exist?, state: feature.state, boolean: values.boolean, actors: values.actors.to_a.sort,
    groups: values.groups.to_a.sort, actors_percentage: values.percentage_of_actors,
    time_percentage: values.percentage_of_time
  }
end

# For each id, in order: "1" where the feature is on for it. With memoized gates, as in one request of an application;
# each decision is computed by the gem anew.
def decide(key, ids)
  flipper = fresh
  flipper.memoize = true
  ids.map { |id| flipper[key].enabled?(Actor.new(id)) ? "1" : "0" }.join
end

# A write by the gem: the method of the feature, and its argument; actors and groups by their name.
def write(key, method, argument)
  feature = fresh[key]
  case method
  when "enable_actor", "disable_actor" then feature.public_send(method, Actor.new(argument))
  when "enable_group", "disable_group" then feature.public_send(method, argument.to_sym)
  else argument.nil? ? feature.public_send(method) : feature.public_send(method, argument)
  end
end

# Reads in several threads, each with a query of its own, until told by a line and there are `count`; says how many
# were off.
def watch(keys, id, count)
  puts JSON.generate(started: true)
  told = false
  counts = 4.times.map do |number|
    Thread.new do
      reads = off = 0
      ActiveRecord::Base.connection_pool.with_connection do
        until told && reads >= count / 4
          off += 1 unless fresh[keys[(reads + number) % keys.size]].enabled?(Actor.new(id))
          reads += 1
        end
      end
      [reads, off]
    end
  end
  $stdin.gets
  told = true
  reads, off = counts.map(&:value).transpose.map(&:sum)
  { reads: reads, off: off }
end

# Writes that come at the same time as somebody else's: one percentage after the other, until told by a line.
def hammer(key, values)
  puts JSON.generate(started: true)
  writes = 0
  until $stdin.wait_readable(0)
    fresh[key].enable_percentage_of_actors(values[writes % values.size])
    writes += 1
  end
  $stdin.gets
  { writes: writes }
end

while (line = $stdin.gets)
  request = JSON.parse(line)
  answer =
    begin
      case request.fetch("do")
      when "migrate" then migrate
      when "look" then look(request["key"])
      when "list" then fresh.features.map(&:key).sort
      when "decide" then decide(request["key"], request["ids"])
      when "write" then write(request["key"], request["method"], request["argument"])
      when "watch" then watch(request["keys"], request["id"], request["count"])
      when "hammer" then hammer(request["key"], request["values"])
      end
    rescue StandardError => error
      { error: "#{error.class}: #{error.message}" }
    end
  puts JSON.generate(answer: answer)
end
