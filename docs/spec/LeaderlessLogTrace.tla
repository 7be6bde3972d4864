------------------------- MODULE LeaderlessLogTrace -------------------------
(***************************************************************************)
(* Are recorded runs of the real code behaviours of LeaderlessLog? Each    *)
(* trace of LeaderlessLogTraces is a sequence of events, told by the       *)
(* simulator (docs/spec/traces.md has every field). Each event is one      *)
(* action of LeaderlessLog with all its choices made, or two where the     *)
(* second is hidden; what an event does not say is chosen so that there is *)
(* one successor at most. All traces are checked in one run of TLC, each   *)
(* from an initial state of its own, and all invariants of LeaderlessLog   *)
(* with them.                                                              *)
(*                                                                         *)
(* A trace that fits ends in a state that repeats itself. One that does    *)
(* not gets stuck: TLC reports a deadlock, and the last state of its       *)
(* report has `trace`, the number of the trace, and `position`, that of    *)
(* the event that no action allows. A protocol error that is caught        *)
(* earlier shows as the invariant that it violates, with the same two.     *)
(*                                                                         *)
(* Hidden: the memories of compactors and of processes that acquire. Their *)
(* CAS is matched on its own, with the checks that it has in LeaderlessLog;*)
(* the steps before it change nothing at the store.                        *)
(***************************************************************************)
EXTENDS LeaderlessLog, LeaderlessLogTraces

VARIABLES trace, position

tvars == <<vars, trace, position>>

Events == UNION {Range(Traces[t]) : t \in DOMAIN Traces}
Named(field) == {e[field] : e \in {x \in Events : field \in DOMAIN x}}
TraceWriters == Named("proc")
TraceReaders == Named("reader")
TraceVacuums == Named("vacuum")
Unbounded == 1000000000

Event == Traces[trace][position]

-----------------------------------------------------------------------------
(* What a head is expected to be after it was written. *)
IsAsSaid(h, said) ==
  /\ h.ver = said.version /\ h.gen = said.generation /\ h.status = said.status
  /\ h.next = said.next /\ h.start = said.start /\ h.cursor = said.cursor
  /\ h.horizon = said.horizon
  /\ Len(h.wal) = said.batches /\ Len(h.segs) = said.segments

Labels(batches) == [i \in DOMAIN batches |-> batches[i].label]
LabelsOfGroup(group) == UNION {Range(Labels(group[i].batches)) : i \in DOMAIN group}

(* A request takes its place, with the claim that it was made with. *)
TraceMade(e) ==
  /\ e.epoch # 0 => \E a \in acquired : a.wid = e.writerId /\ a.epoch = e.epoch
  /\ IF "inline" \in DOMAIN e
     THEN MakeInline(e.proc, e.label, e.count, <<e.stream, 0>>, e.writerId, e.epoch)
     ELSE MakeRequest(e.proc, e.label, e.count, <<e.stream, 0>>, e.writerId, e.epoch)
  /\ UNCHANGED <<nextLabel, used>>

(* What was written out, by its name; it says which batches it holds. *)
ObjectNamed(kind, label) ==
  IF <<kind, label>> \in objects THEN <<kind, label>>
  ELSE CHOOSE o \in objects : o[1] = kind /\ o[2] = label

TracePut(e) ==
  PutObject(IF "holds" \in DOMAIN e THEN <<e.kind, e.label, Range(e.holds)>> ELSE <<e.kind, e.label>>)

TraceDeleted(e) ==
  /\ <<e.kind, e.label>> \in Names(objects)
  /\ Delete(e.vacuum, ObjectNamed(e.kind, e.label))

TraceStaged(e) == StageBatch(e.label, e.count) /\ UNCHANGED <<nextLabel, used>>

(* A conditional write of a head was sent. *)
Start(e, h) ==
  IF Range(e.group) \subseteq Staged
  THEN Recommit(e.proc, e.group, e.writerId, e.epoch, h)
  ELSE Begin(e.proc, Range(e.group), h)

TraceSent(e) ==
  /\ e.version \in DOMAIN past
  /\ LET h == past[e.version]
     IN /\ IF proc[e.proc].group = <<>> THEN Start(e, h)
           ELSE h.ver >= proc[e.proc].seen /\ Decide(e.proc, h)
        /\ proc'[e.proc].at.out.label = IF "object" \in DOMAIN e THEN e.object ELSE 0
        /\ proc'[e.proc].at.ver = e.version
        /\ proc'[e.proc].at.kind = IF e.adds = <<>> THEN "bump" ELSE "append"
        /\ e.adds # <<>> => Labels(Evaluate(h, proc'[e.proc].group).add) = e.adds

(* A write of the head took effect. *)
Adds(group) == Labels(Evaluate(head, group).add)

IsLateOne(f, e) ==
  IF e.adds = <<>> THEN f.kind = "bump" ELSE f.kind = "append" /\ Adds(f.group) = e.adds

TraceAppended(e) ==
  IF e.late
  THEN /\ \E f \in flight : IsLateOne(f, e)
       /\ LandLate(CHOOSE f \in flight : IsLateOne(f, e))
  ELSE LET p == proc[e.proc] IN
       /\ p.at.st = "open"
       /\ IF e.adds = <<>> THEN p.at.kind = "bump"
          ELSE p.at.kind = "append" /\ Adds(p.group) = e.adds
       /\ Land(e.proc)

TraceAcquired(e) ==
  /\ e.epoch = head.ver + 1
  /\ Acquire(e.writerId, e.epoch)
  /\ proc' = Kill(proc)
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits, told,
                 gone, used>>

TraceHorizon(e) ==
  /\ e.head.horizon > head.horizon /\ e.head.horizon <= log.horizon
  /\ AdvanceHorizon(e.head.horizon)
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits, acquired,
                 told, gone, used>>

(* That the sources are what was there, the invariants check. *)
TraceCompacted(e) ==
  /\ \A i \in DOMAIN e.made : /\ e.made[i].list >= head.horizon
                              /\ e.made[i].label = 0 \/ e.made[i].label >= head.horizon
  /\ Install(e.merged, e.made)

TraceLanded(e) ==
  /\ CASE e.change = "append" -> TraceAppended(e)
       [] e.change = "acquire" -> TraceAcquired(e)
       [] e.change = "release" -> Release(e.writerId) /\ UNCHANGED used
       [] e.change = "touch" -> Touch
       [] e.change = "state" -> TakeState(e.head.generation)
       [] e.change = "trim" -> Trim(e.head.start) /\ UNCHANGED used
       [] e.change = "forget" -> Forget
       [] e.change = "horizon" -> TraceHorizon(e)
       [] e.change = "compact" -> TraceCompacted(e)
  /\ IsAsSaid(head', e.head)

TraceAnswered(e) ==
  IF e.outcome = "stored" THEN AnswerStored(e.proc) ELSE AnswerUndecided(e.proc)

(* A caller heard of a request. Either its group has ended already, and that was the verdict, or it
   ends here: on the newest head on which this verdict is right. *)
Says(h, group, e) ==
  LET result == Evaluate(h, group)
  IN /\ Verdict(result) # "replace"
     /\ \E i \in DOMAIN group :
          /\ e.label \in Range(Labels(group[i].batches))
          /\ VerdictOf(result.outs[i]) = e.verdict

Newest(versions) == CHOOSE v \in versions : \A w \in versions : w <= v

TraceSettled(e, said) ==
  LET me == proc[e.proc]
      mine == SelectSeq(me.queue, LAMBDA r : r.batches[1].label = e.label)
      isStaged == e.label \in Staged
      group == IF me.group # <<>> THEN me.group
               ELSE IF isStaged
               THEN <<Request(<<"staged", e.group[1]>>, e.writerId, e.epoch, FALSE, 0,
                              [i \in DOMAIN e.group |->
                                [label |-> e.group[i], count |-> info[e.group[i]].count]])>>
               ELSE mine
      since == IF me.group # <<>> THEN Max(1, me.seen)
               ELSE IF group = <<>> THEN 1 ELSE Max(1, group[1].since)
      right == {v \in since..head.ver :
                 v # me.undecided /\ Says(past[v], group, e)}
      late == {v \in since..head.ver : v # me.undecided
                 /\ CannotTell(past[v], me.group) = (e.verdict = "unknown")}
  IN /\ group # <<>>
     /\ IF e.why = "time"
        THEN IF me.group = <<>>
             THEN IF isStaged
                  THEN e.verdict = "failed" /\ told' = told \cup {said}
                       /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, vac, rd,
                                      fenced, info, poisoned, commits, acquired, past, gone, used>>
                  ELSE FailUnsent(e.proc, {e.label})
             ELSE IF (me.undecided # 0 \/ me.pastTelling) = (e.verdict = "unknown")
             THEN TimeUpBlind(e.proc)
             ELSE late # {} /\ TimeUp(e.proc, past[Newest(late)])
        ELSE /\ right # {}
             /\ LET h == past[Newest(right)]
                IN IF me.group # <<>> THEN Decide(e.proc, h)
                   ELSE IF isStaged THEN Recommit(e.proc, e.group, e.writerId, e.epoch, h)
                   ELSE Begin(e.proc, {e.label}, h)

(* GiveUp, where the committer may have taken a group and not sent anything yet: LeaderlessLog takes
   and sends in one step. Of those requests nobody can tell, either, and they may be sent later. *)
TraceGaveUp(e) ==
  LET p == e.proc
      me == proc[p]
      streams == {<<e.streams[i], 0>> : i \in DOMAIN e.streams}
      labels == IF "taken" \in DOMAIN e THEN Range(e.taken) ELSE {}
      taken == {r \in Range(me.queue) : r.batches[1].label \in labels}
      isGone(r) == r.stream \in streams /\ r \notin taken
  IN IF labels = {}
     THEN GiveUp(p, streams)
     ELSE /\ me.group = <<>>
          /\ Cardinality(labels) = Cardinality(taken)
          /\ \A r \in taken : r.stream \in streams /\ ~HasHeard(r)
          /\ told' = told \cup UNION {Told(r, "failed", head) : r \in {q \in Range(me.queue) : isGone(q)}}
                          \cup UNION {Told(r, "unknown", head) : r \in taken}
          /\ poisoned' = poisoned \cup {r.stream : r \in {q \in Range(me.queue) : q.stream \in streams}}
          /\ proc' = [proc EXCEPT ![p].queue = SelectSeq(@, LAMBDA r : ~isGone(r))]
          /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                         acquired, past, gone, used>>

(* The group under way ends without "stored", with a verdict for each of its requests: on the newest
   head on which all of them are right. If time is up, all of them hear the same. *)
IsSaidOf(h, group, outs, v) ==
  \E i \in DOMAIN group :
    /\ v.label \in Range(Labels(group[i].batches))
    /\ VerdictOf(outs[i]) = v.verdict
    /\ v.verdict = "acked" => BaseOf(h, v.label) = v.offset

SaysAll(h, group, verdicts) ==
  LET result == Evaluate(h, group)
  IN /\ Verdict(result) # "replace"
     /\ \A i \in DOMAIN verdicts : IsSaidOf(h, group, result.outs, verdicts[i])

TraceEnded(e) ==
  LET p == e.proc
      me == proc[p]
      since == Max(1, me.seen)
      isUnknown == e.verdicts[1].verdict = "unknown"
      right == {v \in since..head.ver :
                 v # me.undecided /\ SaysAll(past[v], me.group, e.verdicts)}
      MayTimeOut(h) ==
        /\ (StillUndecided(p, h) # 0 \/ NowPastTelling(p, h)) = isUnknown
        /\ LET verdict == Verdict(Evaluate(h, me.group))
           IN verdict = "replace" \/ (verdict = "reject" /\ StillUndecided(p, h) # 0)
      late == {v \in since..head.ver : MayTimeOut(past[v])}
  IN /\ me.group # <<>>
     /\ {e.verdicts[i].label : i \in DOMAIN e.verdicts} = LabelsOfGroup(me.group)
     /\ IF e.why = "time"
        THEN /\ \A i \in DOMAIN e.verdicts : e.verdicts[i].verdict = e.verdicts[1].verdict
             /\ IF (me.undecided # 0 \/ me.pastTelling) = isUnknown
                THEN TimeUpBlind(p)
                ELSE late # {} /\ TimeUp(p, past[Newest(late)])
        ELSE right # {} /\ Decide(p, past[Newest(right)])

TraceTold(e) ==
  LET said == <<e.label, e.verdict, e.offset>>
      isOpen == e.label \in Staged \cap LabelsOfGroup(proc[e.proc].group)
  IN IF said \in told /\ ~isOpen \* an open commit of a staged batch may repeat what was said
     THEN UNCHANGED vars
     ELSE TraceSettled(e, said) /\ said \in told'

TraceLogChanged(e) ==
  /\ e.status = "OPEN" => LogStatus = "FENCED"
  /\ e.generation = Len(log.states) + 1
  /\ ChangeLog(e.status)
  /\ UNCHANGED used

TraceRaised(e) == RaiseLog(e.vacuum, e.horizon) /\ log'.horizon = e.horizon /\ UNCHANGED used

TraceNeeds(e) ==
  /\ e.version \in DOMAIN past
  /\ ReadNeeds(e.vacuum, e.bound, past[e.version])

Step(e) ==
  CASE e.event = "put" -> TracePut(e)
    [] e.event = "made" -> TraceMade(e)
    [] e.event = "staged" -> TraceStaged(e)
    [] e.event = "sent" -> TraceSent(e)
    [] e.event = "landed" -> TraceLanded(e)
    [] e.event = "answered" -> TraceAnswered(e)
    [] e.event = "settled" -> TraceEnded(e)
    [] e.event = "told" -> TraceTold(e)
    [] e.event = "ended" ->
         /\ \A i \in DOMAIN proc[e.proc].group : HasHeard(proc[e.proc].group[i])
         /\ TimeUpBlind(e.proc)
    [] e.event = "gaveUp" -> TraceGaveUp(e)
    [] e.event = "crashed" -> CrashWriters(Range(e.procs)) /\ UNCHANGED used
    [] e.event = "log" -> TraceLogChanged(e)
    [] e.event = "fenced" -> FenceReturns(e.generation)
    [] e.event = "raised" -> TraceRaised(e)
    [] e.event = "needs" -> TraceNeeds(e)
    [] e.event = "deleted" -> TraceDeleted(e)
    [] e.event = "swept" -> VacuumEnds(e.vacuum)
    [] e.event = "opened" -> OpenReader(e.reader, e.offset)
    [] e.event = "handed" -> HandOut(e.reader, e.label, e.from, e.to)

TraceInit == Init /\ trace \in DOMAIN Traces /\ position = 1

TraceNext ==
  /\ UNCHANGED trace
  /\ IF position <= Len(Traces[trace])
     THEN Step(Event) /\ position' = position + 1
     ELSE UNCHANGED <<vars, position>>

TraceSpec == TraceInit /\ [][TraceNext]_tvars
=============================================================================
