Class.new do
  # Flagstaff hand-off: 10 changes of feature toggles in va-production, in this order.
  # Change e8e5085af5a48f4203cc053505a7a32959aa5c6f5cba6ca2288ee80b685e0d12
  # Made 2026-01-27 14:02 UTC by ann@desk.
  #
  # How: in the Rails console of that environment, load "handoff.rb", or paste all of this, which is slower.
  # It compares every toggle with the plan first, and does nothing at all if one differs. It is safe to run
  # twice. It ends with a result between two marker lines; who planned this needs it for `flagstaff confirm`.

  def plan
    @plan ||= {
      "change" => "e8e5085af5a48f4203cc053505a7a32959aa5c6f5cba6ca2288ee80b685e0d12",
      "environment" => "va-production",
      "production" => true,
      "propagation" => 120.0,
      "moves" => [
        {"toggle" => "toggle.down", "key" => "down_enabled", "does" => "change", "before" => "on", "after" => "0", "gates" => {"boolean" => "true"}, "set" => {"boolean" => nil}, "behind" => [], "near" => []},
        {"toggle" => "toggle.held", "key" => "held_enabled", "does" => "change", "before" => "on", "after" => "5", "gates" => {"boolean" => "true"}, "set" => {"boolean" => nil, "percentage_of_actors" => "5"}, "behind" => [], "near" => []},
        {"toggle" => "toggle.kept", "key" => "kept_enabled", "does" => "change", "before" => "on", "after" => "0", "gates" => {"boolean" => "true"}, "set" => {"boolean" => nil}, "behind" => [], "near" => []},
        {"toggle" => "toggle.loud", "key" => "loud_enabled", "does" => "change", "before" => "25", "after" => "on", "gates" => {"percentage_of_actors" => "25"}, "set" => {"boolean" => "true", "percentage_of_actors" => nil}, "behind" => [], "near" => []},
        {"toggle" => "toggle.new", "key" => "new_enabled", "does" => "create", "before" => nil, "after" => "10", "gates" => nil, "set" => {"percentage_of_actors" => "10"}, "behind" => [], "near" => []},
        {"toggle" => "toggle.odd", "key" => "odd_enabled", "does" => "change", "before" => "other (expression = {\"Boolean\":[true]})", "after" => "0", "gates" => {"expression" => {"Boolean" => [true]}, "percentage_of_actors" => "10"}, "set" => {"expression" => nil, "percentage_of_actors" => "0"}, "behind" => [], "near" => []},
        {"toggle" => "toggle.parent", "key" => "parent_enabled", "does" => "change", "before" => "5", "after" => "100", "gates" => {"percentage_of_actors" => "5"}, "set" => {"percentage_of_actors" => "100"}, "behind" => [], "near" => ["child_enabled"]},
        {"toggle" => "toggle.time", "key" => "time_enabled", "does" => "change", "before" => "on", "after" => "5", "gates" => {"percentage_of_actors" => "10", "percentage_of_time" => "100"}, "set" => {"percentage_of_actors" => "5", "percentage_of_time" => "0"}, "behind" => [], "near" => []},
        {"toggle" => "toggle.up", "key" => "up_enabled", "does" => "change", "before" => "0", "after" => "on", "gates" => {}, "set" => {"boolean" => "true"}, "behind" => [], "near" => []},
        {"toggle" => "toggle.child", "key" => "child_enabled", "does" => "change", "before" => "0", "after" => "20", "gates" => {}, "set" => {"percentage_of_actors" => "20"}, "behind" => ["parent_enabled"], "near" => ["near_enabled", "parent_enabled"]}
      ],
      "neighbours" => [
        {"toggle" => "toggle.near", "key" => "near_enabled", "live" => "0"}
      ],
      "written" => {"child_enabled" => 1769522400, "down_enabled" => 1769522400, "held_enabled" => 1769522400, "kept_enabled" => 1769522400, "loud_enabled" => 1769522400, "near_enabled" => 1769522400, "parent_enabled" => 1769522400, "time_enabled" => 1769522400, "up_enabled" => 1769522400}
    }
  end

  def run
    %w[json digest time set].each { |library| require library }
    say "Flagstaff hand-off of change #{plan["change"][0, 8]} for #{plan["environment"]}: #{moves.size == 1 ? "1 move" : "#{moves.size} moves"}."
    unless defined?(::Flipper)
      return say("Flipper is not loaded here. Start this in the application's Rails console. NOTHING WAS DONE.")
    end
    @outcome, @said, @done, @refused, @written = "stopped", {}, {}, {}, {}
    begin
      work
    rescue ::StandardError, ::Interrupt => error
      stop("#{error.class}: #{error.message}")
    end
    report
    nil
  end

  # Everything is compared before anything is written.
  def work
    live = read
    moves.select { |move| finished?(move, live[move["key"]]) }.each { |move| done(move, "was done already") }
    wrong = differences(live)
    return differs(wrong) unless wrong.empty?
    @refused = refusals(live)
    @refused.each_value { |why| say "  REFUSED: #{why}" }
    return conclude if todo.all? { |move| obstacle(move) }
    return decline unless agreed?
    conclude if todo.all? { |move| carry_out(move) }
  end

  # False: something is not as it should be, and nothing more is done.
  def carry_out(move)
    return true if obstacle(move)
    pause(move)
    live = read
    wrong = differences(live)
    return stop("#{move["toggle"]} was not written, because #{wrong.join("; ")}") unless wrong.empty?
    write(move, live[move["key"]])
    verify(move, live[move["key"]], read[move["key"]])
  end

  def verify(move, before, now)
    name = "#{move["toggle"]} (#{move["key"]})"
    unless finished?(move, now)
      return stop("#{name} was written, and is #{told(now)} now instead of #{shown(move["after"])}.")
    end
    lost = now && before ? testers(before) - testers(now) : []
    return stop("#{name} was written, and #{lost.size} of its testers are gone.") unless lost.empty?
    done(move, "done")
    say "  #{name}: #{told(before)} -> #{told(now)}, read back"
    true
  end

  # What was done by an earlier run may have been done just now.
  def done(move, said)
    @done[move["key"]] = true
    @written[move["key"]] = Time.now.to_f
    @said[move["key"]] = said
  end

  def write(move, before)
    toggle, set = ::Flipper[move["key"]], move["set"]
    case move["does"]
    when "create"
      toggle.add
      set_gates(toggle, set)
    when "delete"
      toggle.remove
    else
      rows? && (set.size > 1 || set.key?("boolean")) ? rewrite(move, before) : set_gates(toggle, set)
    end
  end

  # What holds a toggle open is closed last, so that nobody falls out between two writes.
  def set_gates(toggle, set)
    return toggle.enable if set["boolean"] == "true"
    return toggle.disable if set.key?("boolean")
    toggle.enable_percentage_of_actors(share(set)) if set.key?("percentage_of_actors")
    toggle.disable_percentage_of_time if set.key?("percentage_of_time")
    toggle.disable_expression if set.key?("expression")
  end

  # One transaction over the rows of these gates only: the testers' rows are not touched, and no reader sees a state
  # in between. The write behind it goes through all adapters, so that caches take in what is there.
  def rewrite(move, before)
    key = move["key"]
    model("gate").transaction do
      model("feature").where(key: key).lock.first
      raise "#{move["toggle"]} changed at this very moment" unless read[key]["open"] == before["open"]
      move["set"].each do |gate, value|
        model("gate").where(feature_key: key, key: gate).delete_all
        value.nil? || model("gate").create! { |row| row.feature_key, row.key, row.value = key, gate, value }
      end
    end
    ::Flipper[key].enable_percentage_of_actors(share(move["set"]))
  end

  def share(set)
    text = set["percentage_of_actors"] || "0"
    text.include?(".") ? text.to_f : text.to_i
  end

  # What this adapter can't do without a gap or a loss.
  def refusals(live)
    return {} if rows?
    unsafe = todo.select do |move|
      now = live[move["key"]]
      people = now ? testers(now).size : 0
      now && move["set"].key?("boolean") && !(people.zero? && (move["after"] == "0" || now["open"].empty?))
    end
    why = "can't change its boolean gate without a gap or the loss of testers, as #{store.class} has no transactions"
    unsafe.map { |move| [move["key"], "#{move["toggle"]} #{why}"] }.to_h
  end

  def obstacle(move)
    return @refused[move["key"]] if @refused.key?(move["key"])
    first = move["behind"].find { |key| !@done[key] }
    first && "it comes after #{first}"
  end

  # Readers may serve the old value of a neighbour for that long.
  def pause(move)
    last = move["near"].map { |key| [key, @written[key] || plan["written"][key]] }.select(&:last).max_by(&:last)
    return if last.nil?
    ending = [last[1], Time.now.to_f].min + plan["propagation"]
    left = ending - Time.now.to_f
    return if left <= 0
    say "  waiting until readers have seen #{last[0]}: #{clock(left)}"
    while (left = ending - Time.now.to_f) > 0
      tell "\r  #{clock(left)} " if $stdout.tty?
      sleep([left, 1].min)
    end
    tell "\r" if $stdout.tty?
  end

  def agreed?
    todo.reject { |move| @refused.key?(move["key"]) }.each do |move|
      say "  to do: #{move["toggle"]} (#{move["key"]}): #{shown(move["before"])} -> #{shown(move["after"])}"
    end
    return true unless plan["production"]
    5.times do
      tell "Type the environment's name (#{plan["environment"]}) to go on: "
      answer = $stdin.gets
      return false if answer.nil?
      return answer.strip == plan["environment"] unless answer.strip.empty?
    end
    false
  end

  # How the toggles differ from the plan, given what is done so far.
  def differences(live)
    own = moves.map do |move|
      now = live[move["key"]]
      done = @done[move["key"]]
      fine = done ? finished?(move, now) : started?(move, now)
      planned = shown(done ? move["after"] : move["before"])
      other = planned == told(now) ? ", by other settings" : ""
      fine ? nil : "#{move["toggle"]} (#{move["key"]}): planned #{planned}, now #{told(now)}#{other}"
    end
    joined = plan["neighbours"].map do |one|
      now = live[one["key"]]
      said = "#{one["toggle"]} (#{one["key"]}): planned #{shown(one["live"])}, now #{told(now)}"
      exposure(now) == one["live"] ? nil : said
    end
    (own + joined).compact
  end

  def started?(move, now)
    move["before"].nil? ? now.nil? : !now.nil? && now["open"] == move["gates"]
  end

  def finished?(move, now)
    move["after"].nil? ? now.nil? : !now.nil? && exposure(now) == move["after"]
  end

  def moves
    plan["moves"]
  end

  def todo
    moves.reject { |move| @done[move["key"]] }
  end

  # Past all caches: what the innermost adapter has.
  def store
    found = ::Flipper.adapter
    while found.instance_variable_defined?(:@adapter) && found.instance_variable_get(:@adapter)
      found = found.instance_variable_get(:@adapter)
    end
    found
  end

  def rows?
    defined?(::Flipper::Adapters::ActiveRecord) && store.is_a?(::Flipper::Adapters::ActiveRecord) ? true : false
  end

  def model(name)
    store.instance_variable_get("@#{name}_class") || ::Flipper::Adapters::ActiveRecord.const_get(name.capitalize)
  end

  def read
    all = rows? ? model("gate").uncached { read_rows } : store.get_all
    all.map { |key, gates| [utf8(key), values(gates)] }.to_h
  end

  def read_rows
    found = model("feature").pluck(:key).map { |key| [key, {}] }.to_h
    model("gate").pluck(:feature_key, :key, :value).sort_by { |row| row.map(&:to_s) }.each do |key, gate, value|
      (found[key][gate] ||= []) << value if found.key?(key)
    end
    found.each_value { |gates| gates.each { |gate, list| gates[gate] = single(gate, list) } }
  end

  # A gate that holds one value has several rows where two writers met; that is no value to build on.
  def single(gate, list)
    return list if list.size > 1 || %w[actors groups].include?(gate)
    gate == "expression" && list[0] ? JSON.parse(list[0]) : list[0]
  end

  def values(gates)
    plain = gates.map { |name, value| [name.to_s, listed(value)] }.to_h
    open = plain.map { |name, value| [name, normal(name, value)] }.reject { |_, value| value.nil? }.sort.to_h
    { "open" => open, "gates" => plain.reject { |name, _| name == "actors" }, "actors" => plain["actors"] || [] }
  end

  def listed(value)
    value.is_a?(Set) || value.is_a?(Array) ? value.map { |item| utf8(item) }.uniq.sort : value
  end

  # The value of an open gate; nil: it is closed. Actors are not compared: they come and go.
  def normal(name, value)
    return nil if name == "actors"
    return [true, 1, "true", "1"].include?(value) ? "true" : filled(value) if name == "boolean"
    return filled(value) unless name.start_with?("percentage_of_") && level(value)
    level(value).zero? ? nil : percent(level(value))
  end

  def filled(value)
    [nil, false, 0, "", "0", "false", [], {}].include?(value) ? nil : value
  end

  # In thousandths of a percent; nil: it is no percentage.
  def level(value)
    return 0 if value.nil?
    return nil unless /\A\d+(\.\d+([eE][+-]?\d{1,3})?)?\z/.match?(value.to_s)
    found = Rational(value.to_s)
    found <= 100 ? (found * 1000).ceil : nil
  end

  def percent(level)
    whole, part = level.divmod(1000)
    part.zero? ? whole.to_s : "#{whole}.#{part.to_s.rjust(3, "0")}".sub(/0+\z/, "")
  end

  # "on", a percentage, or "other (...)"; nil: there is no such toggle.
  def exposure(now)
    return nil if now.nil?
    open = now["open"]
    return "on" if open["boolean"] == "true" || open["percentage_of_time"] == "100"
    share = open["percentage_of_actors"]
    return share || "0" if (open.keys - ["percentage_of_actors"]).empty? && (share.nil? || level(share))
    hidden = open.reject { |name, value| name == "percentage_of_actors" && level(value) }
    "other (#{hidden.map { |name, value| gate(name, value) }.join("; ")})"
  end

  def gate(name, value)
    list = value.is_a?(Array)
    return "#{name} = #{short(value.join(", "))}" if list && name == "groups"
    met = "at once, of two writers at the same moment; the next write of it leaves one"
    return "#{name} = #{short(value.join(" and "))} #{met}" if list
    "#{name} = #{short(value.is_a?(String) ? value : JSON.generate(value))}"
  end

  def short(text)
    text.length <= 60 ? text : "#{text[0, 59]}\u2026"
  end

  def testers(now)
    now["actors"] + (now["gates"]["groups"] || [])
  end

  def told(now)
    shown(exposure(now))
  end

  def shown(exposure)
    return "not in the store" if exposure.nil?
    /\A[\d.]+\z/.match?(exposure) ? "#{exposure} %" : exposure
  end

  def utf8(text)
    text.to_s.dup.force_encoding("UTF-8").scrub
  end

  def clock(seconds)
    "#{seconds.ceil / 60}:#{(seconds.ceil % 60).to_s.rjust(2, "0")}"
  end

  def differs(wrong)
    @outcome = "differs"
    say "These toggles are not as the plan saw them. NOTHING WAS DONE."
    wrong.each { |line| say "  #{line}" }
    say "Export the toggles again, plan again, and make a new hand-off."
  end

  def decline
    @outcome = "declined"
    say "That is not the name of the environment. NOTHING WAS DONE."
  end

  def conclude
    todo.each { |move| @said[move["key"]] ||= "NOT done: #{obstacle(move)}" }
    @outcome = todo.empty? ? "done" : "open"
  end

  def stop(why)
    say "STOPPED: #{why}"
    say "Nothing more is done. What was written before this stays; it is safe to run this again."
    false
  end

  def report
    live = read
    say ""
    moves.each do |move|
      now = live[move["key"]]
      say "  #{move["toggle"]} (#{move["key"]}): #{told(now)} now; #{@said[move["key"]] || "NOT done"}"
    end
    say ""
    say "Done: #{@done.size} of #{moves.size}. Copy the two marker lines with what is between them into:"
    say "  flagstaff confirm PLAN -from -"
    result(live)
  rescue ::StandardError => error
    say "There is no result, because the toggles can't be read: #{error.class}: #{error.message}"
  end

  # One line of ASCII without blanks, so that it survives any terminal; the checksum covers what is before it.
  def result(live)
    toggles = (moves + plan["neighbours"]).map do |one|
      now = live[one["key"]]
      [one["key"], now && { "gates" => now["gates"], "actors" => now["actors"].size }]
    end.to_h
    version = defined?(::Flipper::VERSION) ? ::Flipper::VERSION : nil
    body = {
      "format" => 1, "change" => plan["change"], "environment" => plan["environment"], "outcome" => @outcome,
      "time" => Time.now.utc.iso8601, "flipper" => version, "toggles" => toggles
    }
    text = JSON.generate(body, ascii_only: true).gsub(" ") { "\\u0020" }.chomp("}")
    say "-----BEGIN FLAGSTAFF RESULT-----"
    say "#{text},\"checksum\":\"#{Digest::SHA256.hexdigest(text)}\"}"
    say "-----END FLAGSTAFF RESULT-----"
  end

  # What a store holds may not steer the terminal.
  def say(text)
    tell "#{text.gsub(/[[:cntrl:]]/) { |sign| sign.dump[1..-2] }}\n"
    nil
  end

  def tell(text)
    $stdout.write(text)
    $stdout.flush
  end
end.new.run
