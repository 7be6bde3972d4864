--------------------------- MODULE LeaderlessLog ---------------------------
(***************************************************************************)
(* The log as we run it: one partition, whose head is one object that only *)
(* a compare-and-swap (CAS) changes. docs/protocol.md is what this follows; *)
(* its sections are named in brackets.                                     *)
(*                                                                         *)
(* What is hard about S3 is here. A CAS attempt names the version that it  *)
(* was made on. It may land at any later time while the head still has     *)
(* that version, also after its sender heard "unknown" or crashed. Its     *)
(* answer may be lost, or be a conflict although it landed (412 to one's   *)
(* own success) or before it lands (409). Processes stall between any two  *)
(* steps; readers and compactors work on heads of long ago.                *)
(*                                                                         *)
(* What is folded, and why nothing is lost by it:                          *)
(*  - Reading the head, deciding and sending are one step: nothing happens *)
(*    at the store when a request is sent. Landing and answering are steps *)
(*    of their own. With KeepPast, a decision may be made on any head      *)
(*    since the process last had reason to read; this is how recorded runs *)
(*    are matched (LeaderlessLogTrace).                                    *)
(*  - Trim, ForgetTrimmed, AdvanceHorizon, TakeState, Acquire and Compact  *)
(*    depend on their arguments alone. An attempt that was sent on version *)
(*    v and lands on v does what a CAS at the time of landing does. So     *)
(*    they are one step at that time, and their answers another one where  *)
(*    they matter.                                                         *)
(*  - log.json is a variable with atomic changes: a change is recognised   *)
(*    by a label of its own, so its lost answers are resolved by reading.  *)
(*  - Labels come from one counter. What counts is only on which side of   *)
(*    the horizon a label is, and a process may sleep over any horizon.    *)
(*  - An upload is one step. Whoever crashes after it leaves garbage.      *)
(*                                                                         *)
(* Inline batches (MaxInline > 0): their data is in the head itself, until *)
(* an append that finds no room for its own writes it out: into one object,*)
(* under a label of the object's own, which is created before the CAS that *)
(* makes the entries refer to it. If that CAS loses, the object is garbage,*)
(* and all is computed anew, with a new label. What is room, bytes in the  *)
(* code, is a number of batches here.                                      *)
(*                                                                         *)
(* Not modelled: nodes of the index and the look-up's pruning (the index   *)
(* is flat here), positions of writers, expected offsets, consumer         *)
(* cursors, deletion and growth of a log, several partitions, bytes.       *)
(*                                                                         *)
(* What each invariant means to a user is said where it is defined.        *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Writers,        \* processes that append; each has one committer [7]
  Readers,        \* readers, each with a cached head [9]
  Compactors,     \* compactors, each with one plan at a time [6]
  Vacuums,        \* vacuums [12]
  WriterIds,      \* logical writers that are acquired; may be empty [5]
  NULL,           \* no value

  MaxOffset,      \* no more records than that are made
  MaxBatch,       \* records in a batch
  MaxRequests,    \* plain appends of all writers together
  MaxStaged,      \* staged batches [8]
  MaxRecommits,   \* calls that commit a staged batch
  MaxGroup,       \* requests in one CAS
  MaxAcquires, MaxReleases,
  MaxCrashes, MaxUnknowns, MaxTimeOuts, MaxGiveUps,
  MaxFences, MaxTrims, MaxCompactions, MaxHorizons,
  MaxInline,      \* batches whose data is in a head; 0: none ever is
  ClaimsOnly,     \* TRUE: no append without a writer id
  StaleBegins,    \* TRUE: a first attempt may be made on a head of long ago
  KeepPast        \* TRUE: all heads are kept, and decided on (traces)

(* Bugs that can be switched on. All are FALSE in the protocol as we run it. *)
CONSTANTS
  EpochNotCompared,        \* append does not compare the writer's epoch
  LabelCheckLeftOut,       \* append does not look for its labels
  ConflictIsFailure,       \* 412 and 409 are told as failed
  UnknownIsStored,         \* a lost answer is told as stored
  UnknownIsFailed,         \* a lost answer is told as failed
  FenceOutsideHead,        \* the fence is looked at before the CAS, not in it
  AppendIgnoresHorizon,    \* append takes labels below the horizon
  CompactIgnoresHorizon,   \* compact installs objects below the horizon
  VacuumReadsEarly,        \* vacuum reads the index before the bound is in the head
  ForgetAtOnce,            \* what is trimmed leaves the index, whatever its label
  CompactUnverified,       \* compact does not look whether its inputs are there
  NoBarrier,               \* a rejection is told while an attempt may still land
  LookUpBeforeLoop,        \* labels are looked up once, before the CAS loop
  NoPoison,                \* a failure does not stop the later requests
  HorizonSetBack,          \* a slow vacuum writes its own horizon, not the maximum
  EpochFromCounter,        \* an epoch is one more than the last one that is known
  StateNotByGeneration,    \* a head takes whatever state arrives, also an older one
  MissIsDamage,            \* a reader takes a missing object for damage at once
  RetryOnOldHead,          \* a writer tries again on the head that it has, without reading
  OvertakenIsKept,         \* a compactor never gives up a plan that was overtaken
  MissIsRetried,           \* a reader that misses an object asks for it again, not for the head
  WrittenOutLate,          \* the head refers to what is written out before that is stored
  WrittenOutIgnoresHorizon,\* what is written out may have a label below the head's horizon
  WrittenOutBelowBatches,  \* what is written out may have a label below those of its batches
  WrittenOutLabelReused,   \* who loses the CAS writes out under the same label again
  WrittenOutCleanedUp,     \* who hears a conflict deletes what it has written out for that CAS
  KeptByBatchLabel,        \* a vacuum keeps the objects that have a batch's label, not its object's
  InlineNotSearched        \* an inline append does not look for its label

VARIABLES
  head,       \* the head: see Head0
  log,        \* log.json: states[g] is the status of generation g; the horizon
  objects,    \* <<kind, label>> of what is stored: "wal", "segment", "list"; what was written out
              \*   has a third part: the labels of the batches in it
  nextLabel,  \* the next fresh label
  flight,     \* attempts on the head's version that nobody waits for any more
  proc,       \* the writers' memories: see Proc0
  comp,       \* the compactors' memories
  vac,        \* the vacuums' memories
  rd,         \* the readers' memories, and what they handed out
  fenced,     \* the last generation of which fence() returned
  info,       \* of each label of a batch: stream, number, count, staged
  poisoned,   \* streams of which a request failed [7]
  commits,    \* history: all that was ever committed, in order
  acquired,   \* history: each acquire that landed: writer id, epoch, next offset
  told,       \* history: <<label, verdict, offset>> that callers heard
  past,       \* history, with KeepPast: past[v] is the head of version v
  gone,       \* history, with KeepPast: objects that were deleted
  used        \* how much of each bound is used up

vars == <<head, log, objects, nextLabel, flight, proc, comp, vac, rd, fenced, info, poisoned,
          commits, acquired, told, past, gone, used>>

-----------------------------------------------------------------------------
(* Small things *)

Max(a, b) == IF a >= b THEN a ELSE b
Min(a, b) == IF a <= b THEN a ELSE b
Range(s) == {s[i] : i \in DOMAIN s}
EmptyFunction == [x \in {} |-> x]
Extend(f, k, v) == [x \in DOMAIN f \cup {k} |-> IF x = k THEN v ELSE f[x]]
Restrict(f, S) == [x \in S |-> f[x]]
End(e) == e.base + e.count

RECURSIVE Flatten(_)
Flatten(ss) == IF ss = <<>> THEN <<>> ELSE Head(ss) \o Flatten(Tail(ss))

-----------------------------------------------------------------------------
(* The head [5]. An entry of wal is a batch: label, count, base, and the label of the object that has
   its data (0: the head has it, the batch is inline). A segment has the label of its
   data (0: none), the label of its list of sources, its range, the offset from which on it has
   data, and its sources, each a batch as above. *)

Head0 ==
  [ver |-> 1, gen |-> 0, status |-> "OPEN", next |-> 0, start |-> 0, cursor |-> 0,
   horizon |-> 1, epochs |-> EmptyFunction, wal |-> <<>>, segs |-> <<>>]

Sources(h) == Flatten([i \in DOMAIN h.segs |-> h.segs[i].src])

(* What a batch is, wherever its data is. *)
Batch(c) == [label |-> c.label, count |-> c.count, base |-> c.base]

(* All batches of the index, compacted or not, in the order of the index. *)
Index(h) == Sources(h) \o [i \in DOMAIN h.wal |-> Batch(h.wal[i])]

EntriesOf(h, label) == {e \in Range(Index(h)) : e.label = label}
IsCommitted(h, label) == EntriesOf(h, label) # {}
BaseOf(h, label) == (CHOOSE e \in EntriesOf(h, label) : TRUE).base

IndexStart(h) ==
  IF h.segs # <<>> THEN h.segs[1].base ELSE h.cursor

(* Batches of the WAL, by position, that are readable and have their data in an object. *)
InObjects(h, positions) ==
  {i \in positions : End(h.wal[i]) > h.start /\ h.wal[i].object # 0}

(* What must exist: data of what is readable, and the list of each segment [12]. *)
NeededData(h) ==
  {<<"wal", h.wal[i].object>> : i \in InObjects(h, DOMAIN h.wal)}
  \cup {<<"segment", h.segs[i].label>> :
         i \in {j \in DOMAIN h.segs : h.segs[j].label # 0 /\ h.segs[j].end > h.start}}
Needed(h) == NeededData(h) \cup {<<"list", h.segs[i].list>> : i \in DOMAIN h.segs}

(* Objects by kind and label alone. *)
Names(objs) == IF MaxInline = 0 THEN objs ELSE {<<o[1], o[2]>> : o \in objs}

LogStatus == IF log.states = <<>> THEN "OPEN" ELSE log.states[Len(log.states)]

-----------------------------------------------------------------------------
(* append [5]: a group of requests, each decided on the result of the ones before.
   A request: stream, writer id and epoch (0: none), fresh, looked, inline, and its batches. *)

HasEpoch(h, r) == r.wid \in DOMAIN h.epochs /\ h.epochs[r.wid] = r.epoch

(* The next request, after what acc says of the ones before: outcomes, entries to add, streams of
   which one was rejected. *)
Next1(h, r, acc) ==
  LET seen(label) ==
        \/ /\ ~LabelCheckLeftOut /\ ~r.looked /\ ~(InlineNotSearched /\ r.inline)
           /\ IsCommitted(h, label)
        \/ \E i \in DOMAIN acc.add : acc.add[i].label = label
      absent == SelectSeq(r.batches, LAMBDA b : ~seen(b.label))
      isLate == ~AppendIgnoresHorizon /\ \E i \in DOMAIN absent : absent[i].label < h.horizon
      offset == h.next + (IF acc.add = <<>> THEN 0 ELSE End(acc.add[Len(acc.add)]) - h.next)
      RECURSIVE Entries(_, _)
      Entries(bs, at) ==
        IF bs = <<>> THEN <<>>
        ELSE <<[label |-> Head(bs).label, count |-> Head(bs).count, base |-> at,
                object |-> IF r.inline THEN 0 ELSE Head(bs).label]>>
             \o Entries(Tail(bs), at + Head(bs).count)
      outcome ==
        IF absent = <<>> THEN "committed"
        ELSE IF ~r.fresh /\ isLate THEN "expired"
        ELSE IF r.stream \in acc.bad THEN "earlier"
        ELSE IF h.status # "OPEN" THEN "closed"
        ELSE IF ~EpochNotCompared /\ r.epoch # 0 /\ ~HasEpoch(h, r) THEN "fenced"
        ELSE IF isLate THEN "late"
        ELSE "added"
  IN [outs |-> Append(acc.outs, outcome),
      add |-> IF outcome = "added" THEN acc.add \o Entries(absent, offset) ELSE acc.add,
      by |-> IF outcome = "added"
             THEN acc.by \o [i \in DOMAIN absent |-> [wid |-> r.wid, epoch |-> r.epoch]]
             ELSE acc.by,
      bad |-> IF outcome \in {"committed", "added"} THEN acc.bad ELSE acc.bad \cup {r.stream}]

RECURSIVE Fold(_, _, _)
Fold(h, group, acc) ==
  IF group = <<>> THEN acc ELSE Fold(h, Tail(group), Next1(h, Head(group), acc))

Evaluate(h, group) == Fold(h, group, [outs |-> <<>>, add |-> <<>>, by |-> <<>>, bad |-> {}])

(* The three verdicts of a transition [4]; there is no NeedLookup, since the index is flat here. *)
Verdict(result) ==
  IF result.add # <<>> THEN "replace"
  ELSE IF result.bad # {} THEN "reject"
  ELSE "hold"

(* Whether h cannot tell any more if an attempt on this group took effect [4]. *)
CannotTell(h, group) ==
  \E i \in DOMAIN group : ~group[i].fresh /\ \E j \in DOMAIN group[i].batches :
    LET label == group[i].batches[j].label
    IN IsCommitted(h, label) \/ label < h.horizon

Attempted(group) == [i \in DOMAIN group |-> [group[i] EXCEPT !.fresh = FALSE]]

-----------------------------------------------------------------------------
(* Writing out what is inline. It is a part of append: on the head h, which gets the entries add. *)

InlineIn(entries) == {i \in DOMAIN entries : entries[i].object = 0}

(* Labels of what has no room: all that was inline before, and of the new ones all but the last. *)
WithoutRoom(h, add) ==
  LET all == h.wal \o add
      inline == InlineIn(all)
  IN IF Cardinality(inline) <= MaxInline THEN {}
     ELSE {all[i].label : i \in {j \in inline :
             j <= Len(h.wal) \/ Cardinality({k \in inline : k > j}) >= MaxInline}}

(* An object that is written out: its label, and the labels of the batches in it. *)
NoObject == [label |-> 0, holds |-> {}]

(* Its label is not below the horizon, since what is there may be deleted; and above those of its
   batches, since the vacuum passes by what is young by the labels of its batches [12]. *)
IsFreshEnough(label, h, holds) ==
  /\ label # 0
  /\ WrittenOutIgnoresHorizon \/ label >= h.horizon
  /\ WrittenOutBelowBatches \/ \A l \in holds : l < label

(* The entries that come of it. *)
WrittenOut(entries, out) ==
  IF out = NoObject THEN entries
  ELSE [i \in DOMAIN entries |->
         IF entries[i].label \in out.holds THEN [entries[i] EXCEPT !.object = out.label]
         ELSE entries[i]]

-----------------------------------------------------------------------------
(* Changes of the head. Each kills what was sent on the version before. *)

Kill(processes) ==
  [p \in DOMAIN processes |->
    IF processes[p].at.st = "open"
    THEN [processes[p] EXCEPT !.at.st = "dead"]
    ELSE processes[p]]

SetHead(h) ==
  LET new == [h EXCEPT !.ver = head.ver + 1]
  IN /\ head' = new
     /\ flight' = {}
     /\ past' = IF KeepPast THEN Append(past, new) ELSE past

(* For the steps that change the head and nobody waits for. *)
ChangeHead(h) == SetHead(h) /\ proc' = Kill(proc)

(* acquire [5]: the epoch is the version of the head that is written. *)
NewEpoch(wid) ==
  IF EpochFromCounter
  THEN IF wid \in DOMAIN head.epochs THEN head.epochs[wid] + 1 ELSE 1
  ELSE head.ver + 1

Acquire(wid, epoch) ==
  /\ SetHead([head EXCEPT !.epochs = Extend(@, wid, epoch)])
  /\ acquired' = acquired \cup {[wid |-> wid, epoch |-> epoch, next |-> head.next]}

(* The heads on which process p may decide: those since it last had reason to read. *)
Snapshots(p) == IF KeepPast THEN {past[v] : v \in Max(1, proc[p].seen)..head.ver} ELSE {head}

-----------------------------------------------------------------------------
(* Writers *)

NoAttempt == [st |-> "none", kind |-> "append", ver |-> 0, outs |-> <<>>, out |-> NoObject]

Proc0 ==
  [queue |-> <<>>,        \* requests that are uploaded and not taken yet
   group |-> <<>>,        \* the group under way; <<>>: none
   at |-> NoAttempt,      \* the attempt whose answer is waited for:
                          \*   none, writing (out, then it is sent), open (it may land), landed,
                         \*   dead (it never will)
   undecided |-> 0,       \* the version on which attempts of this group are undecided; 0: none
   pastTelling |-> FALSE, \* an attempt may have taken effect of which nothing can be seen
   seen |-> 0,            \* with KeepPast: no older head than this may be decided on
   stream |-> 1,          \* the number of its stream
   wid |-> NULL, epoch |-> 0, \* the claim that it holds, or believes to hold
   asked |-> NULL,        \* the writer id that it is acquiring
   got |-> 0,             \* the epoch of its acquire, when that has landed
   spare |-> 0]           \* a label that it made for what it will write out; 0: none

Now == IF KeepPast THEN head.ver ELSE 0

StreamOf(p) == <<p, proc[p].stream>>

Made == Cardinality({l \in DOMAIN info : ~info[l].staged})
Staged == {l \in DOMAIN info : info[l].staged}
RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0 ELSE LET x == CHOOSE y \in S : TRUE IN f[x].count + Sum(f, S \ {x})
Records == Sum(info, DOMAIN info)

NewInfo(label, stream, count, staged) ==
  info' = Extend(info, label, [stream |-> stream, no |-> Cardinality(DOMAIN info) + 1,
                               count |-> count, staged |-> staged])

Request(stream, wid, epoch, fresh, since, batches) ==
  [stream |-> stream, wid |-> wid, epoch |-> epoch, fresh |-> fresh, looked |-> FALSE,
   inline |-> FALSE, since |-> since, batches |-> batches]

(* append() of a caller, and the upload of its WAL object under a fresh label [7]. With KeepPast the
   upload is a step before (PutObject): uploads may end in another order than requests are made. *)
MakeRequest(p, label, count, stream, wid, epoch) ==
  /\ stream \notin poisoned
  /\ ClaimsOnly => epoch # 0
  /\ IF KeepPast
     THEN <<"wal", label>> \in objects \cup gone /\ UNCHANGED objects
     ELSE objects' = objects \cup {<<"wal", label>>}
  /\ NewInfo(label, stream, count, FALSE)
  /\ proc' = [proc EXCEPT ![p].queue =
                Append(@, Request(stream, wid, epoch, TRUE, Now,
                                  <<[label |-> label, count |-> count]>>))]
  /\ UNCHANGED <<head, log, flight, comp, vac, rd, fenced, poisoned, commits, acquired, told,
                 past, gone>>

(* The same of an inline batch: nothing is uploaded. *)
MakeInline(p, label, count, stream, wid, epoch) ==
  /\ stream \notin poisoned
  /\ ClaimsOnly => epoch # 0
  /\ NewInfo(label, stream, count, FALSE)
  /\ proc' = [proc EXCEPT ![p].queue =
                Append(@, [Request(stream, wid, epoch, TRUE, Now,
                                   <<[label |-> label, count |-> count]>>)
                           EXCEPT !.inline = TRUE])]
  /\ UNCHANGED <<head, log, objects, flight, comp, vac, rd, fenced, poisoned, commits, acquired,
                 told, past, gone>>

(* The caller goes on after a failure: a new stream [7]. *)
GoOn(p) ==
  /\ StreamOf(p) \in poisoned
  /\ proc' = [proc EXCEPT ![p].stream = @ + 1]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

(* The first phase of a two-phase append [8]: the label survives whoever staged it. *)
StageBatch(label, count) ==
  /\ IF KeepPast
     THEN <<"wal", label>> \in objects \cup gone /\ UNCHANGED objects
     ELSE objects' = objects \cup {<<"wal", label>>}
  /\ NewInfo(label, <<"staged", label>>, count, TRUE)
  /\ UNCHANGED <<head, log, flight, proc, comp, vac, rd, fenced, poisoned, commits, acquired,
                 told, past, gone>>

(* An immutable object is stored: one that nobody knows yet, or, late, one of long ago. *)
PutObject(o) ==
  /\ objects' = objects \cup {o}
  /\ UNCHANGED <<head, log, nextLabel, flight, proc, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

(* What callers hear of a request. *)
Told(r, verdict, h) ==
  {<<r.batches[i].label, verdict,
     IF verdict = "acked" THEN BaseOf(h, r.batches[i].label) ELSE 0>> : i \in DOMAIN r.batches}

HasHeard(r) ==
  \E t \in told : t[1] = r.batches[1].label /\ ~info[t[1]].staged

VerdictOf(outcome) ==
  CASE outcome \in {"committed", "added"} -> "acked"
    [] outcome \in {"expired", "unknown"} -> "unknown"
    [] OTHER -> "failed"

(* The group ends with these outcomes, on head h: callers hear of it, and streams of which a
   request was not acked are poisoned first, so that what is queued of them fails, too [7]. *)
Settle(p, group, outs, h) ==
  LET bad == IF NoPoison THEN {}
             ELSE {group[i].stream : i \in {j \in DOMAIN outs : VerdictOf(outs[j]) # "acked"}}
      fails(r) == r.stream \in bad
      failing == {r \in Range(proc[p].queue) : fails(r)}
  IN /\ told' = told \cup UNION {IF HasHeard(group[i]) THEN {}
                                 ELSE Told(group[i], VerdictOf(outs[i]), h) : i \in DOMAIN outs}
                     \cup UNION {Told(r, "failed", h) : r \in failing}
     /\ poisoned' = poisoned \cup bad
     /\ proc' = [proc EXCEPT ![p].group = <<>>, ![p].at = NoAttempt, ![p].undecided = 0,
                             ![p].pastTelling = FALSE,
                             ![p].queue = SelectSeq(@, LAMBDA r : ~fails(r))]

All(group, outcome) == [i \in DOMAIN group |-> outcome]

(* As the table of [4]. Where the fence is outside of the head, it is looked at here only. *)
ForDecision(h) == IF FenceOutsideHead THEN [h EXCEPT !.status = LogStatus] ELSE h
ForLanding(h) == IF FenceOutsideHead THEN [h EXCEPT !.status = "OPEN"] ELSE h

(* What may be written out for an attempt on the head h: at most one object, whose label was made
   before. What is sent on a head of long ago never lands: nothing needs to be written for it. With
   KeepPast the object is there already (PutObject), and what is inline may be written out whenever
   somebody likes. *)
Outs(p, kind, h, group) ==
  IF MaxInline = 0 \/ kind # "append" THEN {NoObject}
  ELSE LET add == Evaluate(ForDecision(h), group).add
           all == h.wal \o add
           excess == WithoutRoom(h, add)
       IN IF KeepPast
          THEN {NoObject} \cup
               {[label |-> o[2], holds |-> o[3]] :
                 o \in {x \in objects \cup gone :
                         /\ Len(x) = 3 /\ IsFreshEnough(x[2], h, x[3])
                         /\ x[3] \subseteq {all[i].label : i \in InlineIn(all)}}}
          ELSE IF excess = {} \/ h.ver # head.ver THEN {NoObject}
          ELSE IF IsFreshEnough(proc[p].spare, h, excess)
          THEN {[label |-> proc[p].spare, holds |-> excess]}
          ELSE {}

(* An attempt is sent, on the head h, or what it has to write out is written first. *)
Send(p, group, kind, h, undecided, pastTelling, queue) ==
  /\ \E out \in Outs(p, kind, h, group) :
       proc' = [proc EXCEPT ![p].group = group,
                            ![p].queue = queue,
                            ![p].at = [st |-> IF h.ver # head.ver THEN "dead"
                                              ELSE IF out = NoObject \/ KeepPast \/ WrittenOutLate
                                              THEN "open"
                                              ELSE "writing",
                                       kind |-> kind, ver |-> h.ver, outs |-> <<>>, out |-> out],
                            ![p].undecided = undecided,
                            ![p].pastTelling = pastTelling,
                            ![p].spare = IF out = NoObject \/ WrittenOutLabelReused THEN @ ELSE 0]
  /\ UNCHANGED <<told, poisoned>>

(* A label is made for what has to be written out, once or again: until it is used, a vacuum may pass
   it, and what has to be written out then may be younger. (The code makes it when it decides, so that
   it is right at once. Here it may be as old as it likes; and with the bug, as old as of a clock that
   is behind.) *)
NeedsLabel(label, group) ==
  LET result == Evaluate(ForDecision(head), group)
      excess == WithoutRoom(head, result.add)
  IN /\ Verdict(result) = "replace" /\ excess # {}
     /\ \/ label < head.horizon
        \/ \E l \in excess : label < l

MakeSpare(p) ==
  LET me == proc[p]
  IN /\ MaxInline > 0 /\ ~KeepPast
     /\ IF WrittenOutBelowBatches /\ me.spare = 0 THEN TRUE
        ELSE IF me.group = <<>>
        THEN \E n \in 1..Min(MaxGroup, Len(me.queue)) :
               NeedsLabel(me.spare, SubSeq(me.queue, 1, n))
        ELSE me.at.st = "none" /\ NeedsLabel(me.spare, me.group)
     /\ proc' = [proc EXCEPT ![p].spare = nextLabel]
     /\ nextLabel' = nextLabel + 1
     /\ UNCHANGED <<head, log, objects, flight, comp, vac, rd, fenced, info, poisoned, commits,
                    acquired, told, past, gone, used>>

(* It is created, if there is none of this label, and the attempt is sent. (With the bug: the other
   way round.) *)
WriteOut(p) ==
  LET at == proc[p].at
  IN /\ at.st = "writing" \/ (WrittenOutLate /\ at.st = "landed" /\ at.out # NoObject)
     /\ objects' = IF <<"wal", at.out.label>> \in Names(objects) THEN objects
                   ELSE objects \cup {<<"wal", at.out.label, at.out.holds>>}
     /\ proc' = [proc EXCEPT ![p].at.st = IF @ = "landed" THEN @
                                          ELSE IF at.ver = head.ver THEN "open" ELSE "dead"]
     /\ UNCHANGED <<head, log, nextLabel, flight, comp, vac, rd, fenced, info, poisoned, commits,
                    acquired, told, past, gone, used>>

(* It cannot be created, or nobody can tell: nothing is sent, and it is decided anew. *)
WriteOutFails(p) ==
  /\ proc[p].at.st = "writing"
  /\ used.unknowns < MaxUnknowns
  /\ used' = [used EXCEPT !.unknowns = @ + 1]
  /\ proc' = [proc EXCEPT ![p].at = NoAttempt]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone>>

StillUndecided(p, h) == IF proc[p].undecided = h.ver THEN h.ver ELSE 0
NowPastTelling(p, h) ==
  IF proc[p].undecided \notin {0, h.ver} THEN CannotTell(h, proc[p].group) ELSE proc[p].pastTelling

(* Begins with a group: the head is known or read, and decided on. *)
BeginOn(p, group, queue, h) ==
  LET result == Evaluate(ForDecision(h), group)
      looked == IF LookUpBeforeLoop
                THEN [i \in DOMAIN group |->
                       [group[i] EXCEPT !.looked = result.outs[i] = "added"]]
                ELSE group
  IN /\ proc[p].group = <<>>
     /\ IF Verdict(result) = "replace"
        THEN Send(p, looked, "append", h, 0, FALSE, queue)
        ELSE LET bad == IF NoPoison THEN {} ELSE result.bad
                 failing == {r \in Range(queue) : r.stream \in bad}
             IN /\ told' = told \cup UNION {Told(group[i], VerdictOf(result.outs[i]), h) :
                                            i \in DOMAIN group}
                                \cup UNION {Told(r, "failed", h) : r \in failing}
                /\ poisoned' = poisoned \cup bad
                /\ proc' = [proc EXCEPT ![p].queue = SelectSeq(queue, LAMBDA r : r.stream \notin bad)]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                 acquired, past, gone>>

(* The committer takes finished requests, of each stream the first ones [7]. *)
IsRun(queue, labels) ==
  \A i, j \in DOMAIN queue :
    (i < j /\ queue[i].stream = queue[j].stream /\ queue[j].batches[1].label \in labels)
      => queue[i].batches[1].label \in labels

Begin(p, labels, h) ==
  LET queue == proc[p].queue
      isTaken(r) == r.batches[1].label \in labels
  IN /\ labels # {} /\ Cardinality(labels) <= MaxGroup
     /\ labels \subseteq {queue[i].batches[1].label : i \in DOMAIN queue}
     /\ IsRun(queue, labels)
     /\ BeginOn(p, SelectSeq(queue, isTaken), SelectSeq(queue, LAMBDA r : ~isTaken(r)), h)
     /\ UNCHANGED used

(* A first attempt on a head of long ago: it never lands, and makes its labels ones to search. *)
BeginStale(p, n) ==
  /\ StaleBegins
  /\ n \in 1..Min(MaxGroup, Len(proc[p].queue))
  /\ proc[p].group = <<>>
  /\ head.ver > 1
  /\ Send(p, SubSeq(proc[p].queue, 1, n), "append", [head EXCEPT !.ver = @ - 1], 0, FALSE,
          SubSeq(proc[p].queue, n + 1, Len(proc[p].queue)))
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                 acquired, past, gone, used>>

(* Any process commits what was staged, any number of times [8]. *)
Recommit(p, labels, wid, epoch, h) ==
  /\ Range(labels) \subseteq Staged
  /\ BeginOn(p, <<Request(<<"staged", labels[1]>>, wid, epoch, FALSE, 0,
                         [i \in DOMAIN labels |->
                           [label |-> labels[i], count |-> info[labels[i]].count]])>>,
             proc[p].queue, h)
  /\ used.recommits < MaxRecommits
  /\ used' = [used EXCEPT !.recommits = @ + 1]

(* An attempt was undecided; the head is read, and decided on again [4]. The bug is to decide on the
   head that is known already: what was decided on it then is decided again. *)
Decide(p, h) ==
  LET group == proc[p].group
      result == Evaluate(ForDecision(h), group)
      undecided == StillUndecided(p, h)
  IN /\ group # <<>>
     /\ proc[p].at.st = "none"
     /\ IF RetryOnOldHead
        THEN Send(p, group, "append", [h EXCEPT !.ver = proc[p].undecided], proc[p].undecided, FALSE,
                  proc[p].queue)
        ELSE CASE Verdict(result) = "hold" -> Settle(p, group, result.outs, h)
               [] Verdict(result) = "replace" ->
                    Send(p, group, "append", h, undecided, NowPastTelling(p, h), proc[p].queue)
               [] Verdict(result) = "reject" ->
                    IF undecided = 0 \/ NoBarrier
                    THEN Settle(p, group, result.outs, h)
                    ELSE Send(p, group, "bump", h, undecided, NowPastTelling(p, h), proc[p].queue)
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                    acquired, past, gone, used>>

(* Time is up after a read: failed if every attempt is decided and can be told [4]. *)
TimeUp(p, h) ==
  LET group == proc[p].group
      result == Evaluate(ForDecision(h), group)
      isUnknown == StillUndecided(p, h) # 0 \/ NowPastTelling(p, h)
  IN /\ used.timeOuts < MaxTimeOuts
     /\ group # <<>>
     /\ proc[p].at.st = "none"
     /\ \/ Verdict(result) = "replace"
        \/ Verdict(result) = "reject" /\ StillUndecided(p, h) # 0
     /\ Settle(p, group, All(group, IF isUnknown THEN "unknown" ELSE "failed"), h)
     /\ used' = [used EXCEPT !.timeOuts = @ + 1]
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                    acquired, past, gone>>

(* Time is up and the store cannot be read. *)
TimeUpBlind(p) ==
  LET group == proc[p].group
      isUnknown == proc[p].undecided # 0 \/ proc[p].pastTelling
  IN /\ used.timeOuts < MaxTimeOuts
     /\ group # <<>>
     /\ proc[p].at.st = "none"
     /\ Settle(p, group, All(group, IF isUnknown THEN "unknown" ELSE "failed"), head)
     /\ used' = [used EXCEPT !.timeOuts = @ + 1]
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                    acquired, past, gone>>

(* Time is up before any attempt was made. *)
FailUnsent(p, labels) ==
  LET queue == proc[p].queue
      isTaken(r) == r.batches[1].label \in labels
      bad == IF NoPoison THEN {} ELSE {r.stream : r \in {q \in Range(queue) : isTaken(q)}}
      fails(r) == isTaken(r) \/ r.stream \in bad
  IN /\ used.timeOuts < MaxTimeOuts
     /\ proc[p].group = <<>>
     /\ labels # {} /\ labels \subseteq {queue[i].batches[1].label : i \in DOMAIN queue}
     /\ IsRun(queue, labels)
     /\ told' = told \cup UNION {Told(r, "failed", head) : r \in {q \in Range(queue) : fails(q)}}
     /\ poisoned' = poisoned \cup bad
     /\ proc' = [proc EXCEPT ![p].queue = SelectSeq(@, LAMBDA r : ~fails(r))]
     /\ used' = [used EXCEPT !.timeOuts = @ + 1]
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                    acquired, past, gone>>

(* The attempt takes effect at the store. *)
Committed(h, result, out) ==
  [h EXCEPT !.wal = WrittenOut(@ \o result.add, out),
            !.next = IF result.add = <<>> THEN @ ELSE End(result.add[Len(result.add)])]

Recorded(result) ==
  commits \o [i \in DOMAIN result.add |->
               [label |-> result.add[i].label, count |-> result.add[i].count,
                base |-> result.add[i].base, wid |-> result.by[i].wid,
                epoch |-> result.by[i].epoch]]

Land(p) ==
  LET at == proc[p].at
      result == Evaluate(ForLanding(head), proc[p].group)
  IN /\ at.st = "open"
     /\ IF at.kind = "bump"
        THEN SetHead(head) /\ UNCHANGED commits
        ELSE SetHead(Committed(head, result, at.out)) /\ commits' = Recorded(result)
     /\ proc' = [Kill(proc) EXCEPT ![p].at.st = "landed", ![p].at.outs = result.outs]
     /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, acquired,
                    told, gone, used>>

(* An attempt that nobody waits for takes effect. *)
LandLate(f) ==
  LET result == Evaluate(ForLanding(head), f.group)
  IN /\ f \in flight
     /\ CASE f.kind = "bump" -> SetHead(head) /\ UNCHANGED <<commits, acquired>>
          [] f.kind = "append" ->
               /\ SetHead(Committed(head, result, f.out))
               /\ commits' = Recorded(result)
               /\ UNCHANGED acquired
          [] f.kind = "acquire" ->
               Acquire(f.wid, NewEpoch(f.wid)) /\ UNCHANGED commits
     /\ proc' = Kill(proc)
     /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, told, gone,
                    used>>

InFlight(p) ==
  IF proc[p].at.st = "open"
  THEN {[kind |-> proc[p].at.kind, wid |-> NULL, group |-> proc[p].group, out |-> proc[p].at.out]}
  ELSE {}

(* "Stored" was answered. *)
AnswerStored(p) ==
  LET at == proc[p].at
  IN /\ at.st = "landed"
     /\ IF at.kind = "append"
        THEN Settle(p, proc[p].group, at.outs, [head EXCEPT !.wal = commits, !.segs = <<>>])
        ELSE /\ proc' = [proc EXCEPT ![p].at = NoAttempt, ![p].undecided = 0,
                                     ![p].seen = IF KeepPast THEN at.ver + 1 ELSE 0]
             /\ UNCHANGED <<told, poisoned>>
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                    acquired, past, gone, used>>

(* The answer is lost, or a conflict: the attempt is undecided [4]. It may have landed, it may
   land later, or never. *)
AnswerUndecided(p) ==
  LET at == proc[p].at
      group == proc[p].group
      isConflict == at.st = "dead" \/ at.st = "landed"
  IN /\ at.st \notin {"none", "writing"}
     /\ IF at.st = "dead"
        THEN UNCHANGED used
        ELSE used.unknowns < MaxUnknowns /\ used' = [used EXCEPT !.unknowns = @ + 1]
     /\ flight' = flight \cup InFlight(p)
     /\ \/ /\ ConflictIsFailure /\ isConflict
           /\ Settle(p, group, All(group, "failed"), head)
        \/ /\ UnknownIsFailed
           /\ Settle(p, group, All(group, "failed"), head)
        \/ /\ UnknownIsStored /\ at.st = "open"
           /\ LET result == Evaluate(head, group)
              IN Settle(p, group, result.outs, Committed(head, result, NoObject))
        \/ /\ ~(ConflictIsFailure /\ isConflict) /\ ~UnknownIsFailed
           /\ ~(UnknownIsStored /\ at.st = "open")
           /\ proc' = [proc EXCEPT ![p].at = NoAttempt, ![p].undecided = at.ver,
                                   ![p].group = Attempted(@), ![p].seen = Now]
           /\ UNCHANGED <<told, poisoned>>
     /\ objects' = IF WrittenOutCleanedUp
                   THEN {o \in objects : o[1] # "wal" \/ o[2] # at.out.label}
                   ELSE objects
     /\ UNCHANGED <<head, log, nextLabel, comp, vac, rd, fenced, info, commits, acquired,
                    past, gone>>

(* closeNow [7]: what was not taken fails; of what was taken nobody can tell. The update goes on. *)
GiveUp(p, streams) ==
  LET queue == {r \in Range(proc[p].queue) : r.stream \in streams}
      group == {r \in Range(proc[p].group) :
                  ~HasHeard(r) /\ ~info[r.batches[1].label].staged /\ r.stream \in streams}
  IN /\ used.giveUps < MaxGiveUps
     /\ queue \cup group # {}
     /\ told' = told \cup UNION {Told(r, "failed", head) : r \in queue}
                     \cup UNION {Told(r, "unknown", head) : r \in group}
     /\ poisoned' = poisoned \cup {r.stream : r \in queue \cup group}
     /\ proc' = [proc EXCEPT ![p].queue = SelectSeq(@, LAMBDA r : r.stream \notin streams)]
     /\ used' = [used EXCEPT !.giveUps = @ + 1]
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, commits,
                    acquired, past, gone>>

(* The process dies and starts again: it knows nothing; what it sent is still on its way. *)
CrashWriters(ps) ==
  /\ proc' = [p \in DOMAIN proc |->
               IF p \in ps THEN [Proc0 EXCEPT !.stream = proc[p].stream + 1] ELSE proc[p]]
  /\ flight' = flight \cup UNION {InFlight(p) : p \in ps}
       \cup {[kind |-> "acquire", wid |-> proc[p].asked, group |-> <<>>, out |-> NoObject] :
              p \in {q \in ps : proc[q].asked # NULL}}
  /\ UNCHANGED <<head, log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, past, gone>>

-----------------------------------------------------------------------------
(* acquire and release [5]. Each acquire is one of a new holder. *)

AskToAcquire(p, wid) ==
  /\ proc[p].asked = NULL
  /\ proc[p].got = 0
  /\ proc' = [proc EXCEPT ![p].asked = wid]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone>>

AcquireLands(p) ==
  LET wid == proc[p].asked
      epoch == NewEpoch(wid)
  IN /\ wid # NULL
     /\ Acquire(wid, epoch)
     /\ proc' = [Kill(proc) EXCEPT ![p].asked = NULL, ![p].got = epoch, ![p].wid = wid]
     /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits, told,
                    gone, used>>

(* The process hears that it is the holder. Others may have superseded it. *)
AcquireReturns(p) ==
  /\ proc[p].got # 0
  /\ proc' = [proc EXCEPT ![p].epoch = proc[p].got, ![p].got = 0]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

(* ForgetWriter: the epoch that it names is still the one. *)
Release(wid) ==
  /\ wid \in DOMAIN head.epochs
  /\ ChangeHead([head EXCEPT !.epochs = Restrict(@, DOMAIN @ \ {wid})])
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, gone>>

(* A write that changes nothing but the version, or only what is not modelled (positions). *)
Touch ==
  /\ ChangeHead(head)
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, gone, used>>

-----------------------------------------------------------------------------
(* fence and unfence [3, 5]: log.json first, the head second. *)

(* ChangeState: makes the next generation. A fence of a fenced log is a generation, too. *)
ChangeLog(status) ==
  /\ log' = [log EXCEPT !.states = Append(@, status)]
  /\ UNCHANGED <<head, objects, nextLabel, flight, proc, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone>>

(* TakeState: the larger generation wins. Whoever decided on a generation may be slow. *)
TakeState(g) ==
  /\ g \in 1..Len(log.states)
  /\ IF StateNotByGeneration THEN g # head.gen ELSE g > head.gen
  /\ ~FenceOutsideHead
  /\ ChangeHead([head EXCEPT !.gen = g, !.status = log.states[g]])
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, gone, used>>

(* fence() returns when the head has its generation, or that of a later fence. *)
HasFence(h, g) == h.gen >= g /\ h.status = "FENCED"
FenceReturns(g) ==
  /\ g \in 1..Len(log.states)
  /\ log.states[g] = "FENCED"
  /\ g > fenced
  /\ IF FenceOutsideHead THEN TRUE
     ELSE IF KeepPast THEN \E v \in DOMAIN past : HasFence(past[v], g)
     ELSE HasFence(head, g)
  /\ fenced' = g
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, vac, rd, info, poisoned,
                 commits, acquired, told, past, gone, used>>

-----------------------------------------------------------------------------
(* Trim and ForgetTrimmed [6] *)

Trim(target) ==
  /\ target \in (head.start + 1)..head.next
  /\ ChangeHead([head EXCEPT !.start = target])
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, gone>>

LabelsOf(seg) == {seg.src[i].label : i \in DOMAIN seg.src}

IsForgettable(h, end, labels) ==
  end <= h.start /\ (ForgetAtOnce \/ \A l \in labels : l < h.horizon)

(* How many segments, and how many batches behind them, can be forgotten. *)
ForgettableSegs(h) ==
  CHOOSE n \in 0..Len(h.segs) :
    /\ \A i \in 1..n : IsForgettable(h, h.segs[i].end, LabelsOf(h.segs[i]))
    /\ n < Len(h.segs) => ~IsForgettable(h, h.segs[n + 1].end, LabelsOf(h.segs[n + 1]))
ForgettableWal(h) ==
  IF ForgettableSegs(h) < Len(h.segs) THEN 0
  ELSE CHOOSE n \in 0..Len(h.wal) :
         /\ \A i \in 1..n : IsForgettable(h, End(h.wal[i]), {h.wal[i].label})
         /\ n < Len(h.wal) => ~IsForgettable(h, End(h.wal[n + 1]), {h.wal[n + 1].label})

Drop(s, n) == SubSeq(s, n + 1, Len(s))

Forget ==
  LET s == ForgettableSegs(head)
      w == ForgettableWal(head)
  IN /\ s + w > 0
     /\ ChangeHead([head EXCEPT !.segs = Drop(@, s), !.wal = Drop(@, w),
                                !.cursor = IF w = 0 THEN @ ELSE End(head.wal[w])])
     /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                    acquired, told, gone, used>>

-----------------------------------------------------------------------------
(* Compaction [6]: read, write, install. *)

Comp0 == [st |-> "idle", cursor |-> 0, merged |-> <<>>, seg |-> NULL]

(* Of the head h, n batches of the WAL and the last m segments become one. Batches that are wholly
   below the start become a segment without data. The data is read here; that of inline batches is
   in h. *)
Plan(h, n, m, label, list) ==
  LET merged == SubSeq(h.segs, Len(h.segs) - m + 1, Len(h.segs))
      batches == [i \in 1..n |-> Batch(h.wal[i])]
      src == Flatten([i \in DOMAIN merged |-> merged[i].src]) \o batches
      end == IF n > 0 THEN End(h.wal[n]) ELSE merged[m].end
      isTrimmed == end <= h.start
  IN [st |-> "read", cursor |-> h.cursor, merged |-> merged,
      seg |-> [label |-> IF isTrimmed THEN 0 ELSE label, list |-> list,
               base |-> src[1].base, end |-> end, src |-> src,
               from |-> IF isTrimmed THEN end
                        ELSE IF m = 0 THEN src[1].base
                        ELSE Max(merged[1].base, h.start)]]

CanPlan(h, n, m) ==
  /\ n \in 0..Len(h.wal)
  /\ m \in 0..Len(h.segs)
  /\ n + m > 0
  /\ n > 0 \/ m > 1
  /\ m > 0 => (h.segs[Len(h.segs) - m + 1].end <= h.start) = (n > 0 /\ End(h.wal[n]) <= h.start)
              \/ n = 0
  /\ n > 0 => (End(h.wal[1]) <= h.start) = (End(h.wal[n]) <= h.start)
  /\ LET inputs == {<<"wal", h.wal[i].object>> : i \in InObjects(h, 1..n)}
                   \cup {<<"segment", h.segs[i].label>> :
                          i \in {j \in (Len(h.segs) - m + 1)..Len(h.segs) :
                                 h.segs[j].end > h.start}}
     IN inputs \subseteq Names(objects)

CompactorReads(c, n, m) ==
  /\ comp[c].st = "idle"
  /\ used.compactions < MaxCompactions
  /\ CanPlan(head, n, m)
  /\ comp' = [comp EXCEPT ![c] = Plan(head, n, m, nextLabel, nextLabel)]
  /\ nextLabel' = nextLabel + 1
  /\ used' = [used EXCEPT !.compactions = @ + 1]
  /\ UNCHANGED <<head, log, objects, flight, proc, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, past, gone>>

CompactorWrites(c) ==
  /\ comp[c].st = "read"
  /\ comp' = [comp EXCEPT ![c].st = "written"]
  /\ objects' = objects \cup {<<"list", comp[c].seg.list>>}
                        \cup (IF comp[c].seg.label = 0 THEN {}
                              ELSE {<<"segment", comp[c].seg.label>>})
  /\ UNCHANGED <<head, log, nextLabel, flight, proc, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, past, gone, used>>

IsInstalled(h, plan) == h.segs # <<>> /\ plan.seg \in Range(h.segs)

(* The checks of Compact: cursor, merged segments, horizon. *)
IsOvertaken(h, plan) ==
  LET m == Len(plan.merged)
  IN \/ h.cursor # plan.cursor
     \/ IF Len(h.segs) < m THEN TRUE
        ELSE SubSeq(h.segs, Len(h.segs) - m + 1, Len(h.segs)) # plan.merged
     \/ plan.seg.end > h.next
IsExpired(h, plan) ==
  \/ plan.seg.list < h.horizon
  \/ plan.seg.label # 0 /\ plan.seg.label < h.horizon

Compacted(h, merged, segs) ==
  LET end == segs[Len(segs)].end
  IN [h EXCEPT !.segs = SubSeq(@, 1, IF Len(@) < merged THEN 0 ELSE Len(@) - merged) \o segs,
               !.wal = SelectSeq(@, LAMBDA e : e.base >= end),
               !.cursor = end]

Install(merged, segs) ==
  /\ ChangeHead(Compacted(head, merged, segs))
  /\ UNCHANGED <<log, objects, nextLabel, comp, vac, rd, fenced, info, poisoned, commits,
                 acquired, told, gone, used>>

CompactorInstalls(c) ==
  LET plan == comp[c]
  IN /\ plan.st = "written"
     /\ ~IsInstalled(head, plan)
     /\ CompactUnverified \/ ~IsOvertaken(head, plan)
     /\ CompactIgnoresHorizon \/ ~IsExpired(head, plan)
     /\ Install(Len(plan.merged), <<plan.seg>>)

(* Installed, overtaken or expired: what comes of the CAS when the head is read. *)
CompactorEnds(c) ==
  LET plan == comp[c]
  IN /\ plan.st = "written"
     /\ \/ IsInstalled(head, plan)
        \/ ~OvertakenIsKept /\ (IsOvertaken(head, plan) \/ IsExpired(head, plan))
     /\ comp' = [comp EXCEPT ![c] = Comp0]
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, vac, rd, fenced, info, poisoned,
                    commits, acquired, told, past, gone, used>>

(* It dies: what it wrote is garbage. Its CAS may have been sent; to land later is to be slow. *)
CrashCompactor(c) ==
  /\ comp[c].st # "idle"
  /\ comp' = [comp EXCEPT ![c] = Comp0]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone>>

-----------------------------------------------------------------------------
(* Vacuum [12]: log.json, the head, what is needed, and only then deletion, object by object. *)

Vac0 == [st |-> "idle", bound |-> 0, needed |-> {}]

RaiseLog(v, h) ==
  /\ vac[v].st = "idle"
  /\ log' = [log EXCEPT !.horizon = IF HorizonSetBack THEN h ELSE Max(@, h)]
  /\ vac' = [vac EXCEPT ![v] = [st |-> IF VacuumReadsEarly THEN "read" ELSE "raise",
                                bound |-> log'.horizon, needed |-> {}]]
  /\ UNCHANGED <<head, objects, nextLabel, flight, proc, comp, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone>>

(* AdvanceHorizon: never back. *)
AdvanceHorizon(h) ==
  IF h > head.horizon \/ HorizonSetBack
  THEN ChangeHead([head EXCEPT !.horizon = h])
  ELSE UNCHANGED <<head, flight, proc, past>>

(* The head gets the horizon. The bound is the smallest horizon seen, that of log.json. *)
RaiseHead(v) ==
  /\ vac[v].st = "raise"
  /\ vac' = [vac EXCEPT ![v].st = IF VacuumReadsEarly THEN "sweep" ELSE "read"]
  /\ AdvanceHorizon(vac[v].bound)
  /\ UNCHANGED <<log, objects, nextLabel, comp, rd, fenced, info, poisoned, commits, acquired,
                 told, gone, used>>

(* What the vacuum finds to be needed: it looks only at batches whose label is below the bound. *)
Kept(h, bound) ==
  LET batches == {i \in InObjects(h, DOMAIN h.wal) : h.wal[i].label < bound}
      others == {o \in Needed(h) : o[1] # "wal"}
  IN {o \in others \cup {<<"wal", IF KeptByBatchLabel THEN h.wal[i].label ELSE h.wal[i].object>> :
                          i \in batches} :
       o[2] < bound}

(* The head is read again: what it needs below the bound. *)
ReadNeeds(v, bound, h) ==
  /\ IF KeepPast
     THEN /\ vac[v].st \in {"raise", "read"}     \* the head may have had the horizon already
          /\ bound <= vac[v].bound /\ bound <= h.horizon
     ELSE vac[v].st = "read"
  /\ vac' = [vac EXCEPT ![v].st = IF VacuumReadsEarly THEN "raise" ELSE "sweep",
                        ![v].bound = bound,
                        ![v].needed = Kept(h, bound)]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

Delete(v, o) ==
  /\ vac[v].st = "sweep"
  /\ o \in objects
  /\ o[2] < vac[v].bound
  /\ <<o[1], o[2]>> \notin vac[v].needed
  /\ objects' = objects \ {o}
  /\ gone' = IF KeepPast THEN gone \cup {o} ELSE gone
  /\ UNCHANGED <<head, log, nextLabel, flight, proc, comp, vac, rd, fenced, info, poisoned,
                 commits, acquired, told, past, used>>

VacuumEnds(v) ==
  /\ vac[v].st # "idle"
  /\ vac' = [vac EXCEPT ![v] = Vac0]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, rd, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

-----------------------------------------------------------------------------
(* Readers [9]: a cached head, which may be old; what is missing means that it is. *)

View(h) == [ver |-> h.ver, start |-> h.start, wal |-> h.wal, segs |-> h.segs]

Rd0 == [first |-> 0, pos |-> 0, view |-> View(Head0), miss |-> NULL, damaged |-> FALSE,
        got |-> <<>>]

(* With KeepPast: a reader begins at an offset. *)
OpenReader(r, offset) ==
  /\ rd' = [rd EXCEPT ![r] = [Rd0 EXCEPT !.first = offset, !.pos = offset]]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, vac, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

Covers(base, end, pos) == base <= pos /\ pos < end

HasPieceAt(view, pos) ==
  \/ \E i \in DOMAIN view.wal : Covers(view.wal[i].base, End(view.wal[i]), pos)
  \/ \E i \in DOMAIN view.segs : Covers(view.segs[i].base, view.segs[i].end, pos)

(* Reads the head. If an object was missed and this head still refers to it, the log is damaged.
   What was trimmed is jumped over. *)
ReadHead(r) ==
  /\ rd[r].view.ver # head.ver \/ rd[r].miss # NULL
  /\ MissIsRetried => ~HasPieceAt(rd[r].view, rd[r].pos)
  /\ rd' = [rd EXCEPT ![r].view = View(head), ![r].miss = NULL,
                      ![r].damaged = @ \/ rd[r].miss \in NeededData(head),
                      ![r].pos = Max(@, head.start)]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, vac, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

(* What is handed out of these batches from pos on. *)
Handed(src, pos) ==
  LET rest == SelectSeq(src, LAMBDA e : End(e) > pos)
  IN [i \in DOMAIN rest |-> [label |-> rest[i].label, from |-> Max(pos, rest[i].base),
                             to |-> End(rest[i])]]

(* The object that has the offset pos, the batches in it, and where it ends. *)
PieceAt(view, pos) ==
  IF \E i \in DOMAIN view.wal : Covers(view.wal[i].base, End(view.wal[i]), pos)
  THEN LET e == view.wal[CHOOSE i \in DOMAIN view.wal :
                           Covers(view.wal[i].base, End(view.wal[i]), pos)]
       IN [object |-> <<"wal", e.object>>, src |-> <<e>>, end |-> End(e)]
  ELSE LET s == view.segs[CHOOSE i \in DOMAIN view.segs :
                            Covers(view.segs[i].base, view.segs[i].end, pos)]
       IN [object |-> <<"segment", s.label>>, src |-> s.src, end |-> s.end]

(* An inline batch is in the cached head itself. *)
IsInHand(piece, objs) == piece.object = <<"wal", 0>> \/ piece.object \in Names(objs)

(* Reads the next object of the cached head, and hands out what is in it. *)
ReadObject(r) ==
  LET me == rd[r]
      piece == PieceAt(me.view, me.pos)
  IN /\ me.miss = NULL
     /\ HasPieceAt(me.view, me.pos)
     /\ IF IsInHand(piece, objects)
        THEN rd' = [rd EXCEPT ![r].pos = piece.end, ![r].got = @ \o Handed(piece.src, me.pos)]
        ELSE rd' = [rd EXCEPT ![r].miss = piece.object, ![r].damaged = @ \/ MissIsDamage]
     /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, vac, fenced, info, poisoned,
                    commits, acquired, told, past, gone, used>>

(* With KeepPast: what some head says is at an offset is handed out. Its object was there once; it
   may have been fetched ahead of time, and deleted since. The position may jump over what was
   trimmed. *)
IsAt(h, label, from, to) ==
  /\ from >= h.start
  /\ HasPieceAt(View(h), from)
  /\ LET piece == PieceAt(View(h), from)
     IN /\ IsInHand(piece, objects \cup gone)
        /\ \E e \in Range(piece.src) : e.label = label /\ e.base <= from /\ to <= End(e)

HandOut(r, label, from, to) ==
  /\ KeepPast
  /\ from >= rd[r].pos /\ from < to
  /\ from > rd[r].pos => from <= head.start
  /\ (\E v \in DOMAIN past : IsAt(past[v], label, from, to)) = TRUE
  /\ rd' = [rd EXCEPT ![r].pos = to,
                      ![r].got = Append(@, [label |-> label, from |-> from, to |-> to])]
  /\ UNCHANGED <<head, log, objects, nextLabel, flight, proc, comp, vac, fenced, info, poisoned,
                 commits, acquired, told, past, gone, used>>

-----------------------------------------------------------------------------

Init ==
  /\ head = Head0
  /\ log = [states |-> <<>>, horizon |-> 1]
  /\ objects = {}
  /\ nextLabel = 1
  /\ flight = {}
  /\ proc = [p \in Writers |-> Proc0]
  /\ comp = [c \in Compactors |-> Comp0]
  /\ vac = [v \in Vacuums |-> Vac0]
  /\ rd = [r \in Readers |-> Rd0]
  /\ fenced = 0
  /\ info = EmptyFunction
  /\ poisoned = {}
  /\ commits = <<>>
  /\ acquired = {}
  /\ told = {}
  /\ past = IF KeepPast THEN <<Head0>> ELSE <<>>
  /\ gone = {}
  /\ used = [recommits |-> 0, acquires |-> 0, releases |-> 0, crashes |-> 0, unknowns |-> 0,
             timeOuts |-> 0, giveUps |-> 0, trims |-> 0, compactions |-> 0, horizons |-> 0]

(* The steps of the environment are counted; a bound that is used up ends them. *)
Count(name, most) == used[name] < most /\ used' = [used EXCEPT ![name] = @ + 1]

Make(p) ==
  \E count \in 1..MaxBatch :
    /\ Records + count <= MaxOffset
    /\ nextLabel' = nextLabel + 1
    /\ UNCHANGED used
    /\ \/ /\ Made < MaxRequests
          /\ \/ MakeRequest(p, nextLabel, count, StreamOf(p), proc[p].wid, proc[p].epoch)
             \/ /\ MaxInline > 0
                /\ MakeInline(p, nextLabel, count, StreamOf(p), proc[p].wid, proc[p].epoch)
       \/ Cardinality(Staged) < MaxStaged /\ StageBatch(nextLabel, count)

FirstLabels(p, n) == {proc[p].queue[i].batches[1].label : i \in 1..n}

WriterStep(p) ==
  \/ \E n \in 1..Min(MaxGroup, Len(proc[p].queue)) :
       Begin(p, FirstLabels(p, n), head)
  \/ \E h \in Snapshots(p) : Decide(p, h)
  \/ AnswerStored(p)
  \/ MakeSpare(p)
  \/ WriteOut(p)
  \/ AnswerUndecided(p)
  \/ AcquireReturns(p)

WriterFault(p) ==
  \/ \E n \in 1..MaxGroup : BeginStale(p, n)
  \/ \E h \in Snapshots(p) : TimeUp(p, h)
  \/ TimeUpBlind(p)
  \/ WriteOutFails(p)
  \/ \E n \in 1..Min(MaxGroup, Len(proc[p].queue)) : FailUnsent(p, FirstLabels(p, n))
  \/ GiveUp(p, {r.stream : r \in Range(proc[p].queue) \cup Range(proc[p].group)})
  \/ Count("crashes", MaxCrashes) /\ CrashWriters({p})

NextWriter(p) ==
  \/ Make(p)
  \/ GoOn(p)
  \/ WriterStep(p)
  \/ WriterFault(p)
  \/ Land(p)
  \/ \E label \in Staged : Recommit(p, <<label>>, proc[p].wid, proc[p].epoch, head)
  \/ \E wid \in WriterIds : Count("acquires", MaxAcquires) /\ AskToAcquire(p, wid)
  \/ AcquireLands(p)

NextAdmin ==
  \/ \E wid \in WriterIds : Count("releases", MaxReleases) /\ Release(wid)
  \/ /\ Len(log.states) < MaxFences
     /\ UNCHANGED used
     /\ \/ ChangeLog("FENCED")
        \/ LogStatus = "FENCED" /\ ChangeLog("OPEN")
  \/ \E g \in 1..Len(log.states) : TakeState(g) \/ FenceReturns(g)
  \/ \E target \in 1..head.next : Count("trims", MaxTrims) /\ Trim(target)
  \/ Forget

NextCompactor(c) ==
  \/ \E n \in 0..Len(head.wal), m \in 0..Len(head.segs) : CompactorReads(c, n, m)
  \/ CompactorWrites(c)
  \/ CompactorInstalls(c)
  \/ CompactorEnds(c)
  \/ Count("crashes", MaxCrashes) /\ CrashCompactor(c)

NextVacuum(v) ==
  \/ \E h \in 2..nextLabel : Count("horizons", MaxHorizons) /\ RaiseLog(v, h)
  \/ RaiseHead(v)
  \/ ReadNeeds(v, vac[v].bound, head)
  \/ \E o \in objects : Delete(v, o)
  \/ VacuumEnds(v)

NextReader(r) == ReadHead(r) \/ ReadObject(r)

Next ==
  \/ \E p \in Writers : NextWriter(p)
  \/ \E f \in flight : LandLate(f)
  \/ NextAdmin
  \/ \E c \in Compactors : NextCompactor(c)
  \/ \E v \in Vacuums : NextVacuum(v)
  \/ \E r \in Readers : NextReader(r)

Spec == Init /\ [][Next]_vars

Symmetry == Permutations(Writers)

-----------------------------------------------------------------------------
(* Invariants. Offsets are dense, so a batch owns base..End-1. *)

CommitsIn(from, to) ==
  LET in == SelectSeq(commits, LAMBDA c : c.base >= from /\ c.base < to)
  IN [i \in DOMAIN in |-> Batch(in[i])]

(* No offset is given to two batches, ever. *)
NoOffsetDuplicates ==
  \A i \in 1..(Len(commits) - 1) : End(commits[i]) <= commits[i + 1].base

(* Offsets, start, cursor and horizon never go back. *)
MonotonicOffsets ==
  [][/\ head'.next >= head.next
     /\ head'.start >= head.start
     /\ head'.cursor >= head.cursor
     /\ head'.horizon >= head.horizon
     /\ \A i \in (Len(commits) + 1)..Len(commits') : commits'[i].base >= head.next]_vars

(* After fence() returned nothing commits, unless log.json was unfenced since. *)
FencedRejectsAppends ==
  [][commits' # commits => ~(fenced # 0 /\ fenced = Len(log.states))]_vars

(* Whatever is compacted, no batch is lost, altered or moved: the index is the log, from where the
   index begins. *)
CompactionPreservesData ==
  LET index == Index(head)
  IN index = CommitsIn(IndexStart(head), head.next)

(* Nothing is in the index that was not committed there, and what is compacted is not in the WAL. *)
NoPhantomEntries ==
  /\ Range(Index(head)) \subseteq {Batch(c) : c \in Range(commits)}
  /\ \A i \in DOMAIN head.wal : head.wal[i].base >= head.cursor

(* Segments end where the WAL begins: at the cursor; the WAL ends at the next offset. *)
CursorConsistency ==
  /\ head.cursor <= head.next /\ head.start <= head.next
  /\ head.segs # <<>> => head.segs[Len(head.segs)].end = head.cursor
  /\ head.wal # <<>> => head.wal[1].base = head.cursor
  /\ IF head.wal = <<>> THEN head.cursor = head.next ELSE End(head.wal[Len(head.wal)]) = head.next

(* The ranges of the index follow each other without overlap or gap. *)
NoOverlappingRanges ==
  /\ \A i \in 1..(Len(head.segs) - 1) : head.segs[i].end = head.segs[i + 1].base
  /\ \A i \in 1..(Len(head.wal) - 1) : End(head.wal[i]) = head.wal[i + 1].base
  /\ \A i \in DOMAIN head.segs : head.segs[i].base < head.segs[i].end

(* No reader finds that an object is gone which a head read after that still refers to. *)
NoReaderError == \A r \in Readers : ~rd[r].damaged

(* Compactions come one after the other: what is installed takes the last segments and the first
   batches of the WAL, and nothing else of the segments changes but that the left end is forgotten. *)
SequentialCompactionSafety ==
  [][head'.segs # head.segs =>
       \E drop \in 0..Len(head.segs), keep \in 0..Len(head.segs) :
         /\ drop <= keep /\ keep - drop <= Len(head'.segs)
         /\ SubSeq(head'.segs, 1, keep - drop) = SubSeq(head.segs, drop + 1, keep)
         /\ \/ Len(head'.segs) = keep - drop /\ keep = Len(head.segs)
            \/ /\ drop = 0
               /\ Len(head'.segs) > keep
               /\ head'.segs[keep + 1].base =
                    IF keep < Len(head.segs) THEN head.segs[keep + 1].base ELSE head.cursor
               /\ head'.segs[Len(head'.segs)].end >= head.cursor]_vars

(* A label is committed at most once, whatever is retried, by whomever. *)
CommittedLabels == {commits[i].label : i \in DOMAIN commits}
ExactlyOnce == Cardinality(CommittedLabels) = Len(commits)

(* What was acked is at its offset until it is trimmed, and found until nobody can ask for it. *)
AckedIsDurable ==
  LET index == Range(Index(head))
  IN \A t \in told : t[2] = "acked" =>
       \E i \in DOMAIN commits :
         LET c == commits[i]
         IN /\ c.label = t[1] /\ c.base = t[3]
            /\ \/ Batch(c) \in index
               \/ End(c) <= head.start /\ c.label < head.horizon

(* After an acquire landed, nothing of an earlier holder of the same writer id commits. *)
OldHolderNeverCommits ==
  \A a \in acquired : \A i \in DOMAIN commits :
    (commits[i].wid = a.wid /\ commits[i].epoch # 0 /\ commits[i].epoch < a.epoch)
      => commits[i].base < a.next

(* A writer's requests are in the log in the order in which it made them, and without a gap:
   what is before a committed request of a stream is committed, too. *)
WriterOrderKept ==
  \A i \in DOMAIN commits :
    LET me == info[commits[i].label]
        before == {commits[j].label : j \in 1..(i - 1)}
    IN ~me.staged => {l \in DOMAIN info : info[l].stream = me.stream /\ info[l].no < me.no}
                       \subseteq before

(* Everything that is reachable from the head exists. *)
NoDanglingReference == Needed(head) \subseteq Names(objects)

(* What was written out is in the object that the head names: that is not one of the same name that
   was written for another head. It is younger than its batches. *)
WrittenOutIsThere ==
  \A i \in InObjects(head, DOMAIN head.wal) :
    LET e == head.wal[i]
    IN e.object # e.label =>
         /\ e.object > e.label
         /\ \E o \in objects : Len(o) = 3 /\ o[2] = e.object /\ e.label \in o[3]

(* A head has room for so many inline batches; what is staged has an object of its own. *)
InlineIsBounded ==
  /\ Cardinality(InlineIn(head.wal)) <= MaxInline
  /\ \A i \in DOMAIN head.wal : info[head.wal[i].label].staged =>
       head.wal[i].object = head.wal[i].label

(* Who is told "failed" never sees the append in the log. (Of a staged batch, which others may
   commit, "failed" speaks of the one call.) *)
FailedMeansAbsent ==
  {t[1] : t \in {u \in told : u[2] = "failed" /\ ~info[u[1]].staged}} \cap CommittedLabels = {}

(* However often a batch is committed, by whomever: all hear the offset where it is, and the whole
   batch is there. *)
RecommitIsExact ==
  \A t \in told : t[2] = "acked" =>
    \A i \in DOMAIN commits : commits[i].label = t[1] =>
      commits[i].base = t[3] /\ commits[i].count = info[t[1]].count

(* Readers see the log in order and without holes, but for what was trimmed. *)
ReadersSeePrefixes ==
  \A r \in Readers : LET got == rd[r].got IN
    \A i \in DOMAIN got :
      /\ \E j \in DOMAIN commits :
           /\ commits[j].label = got[i].label
           /\ commits[j].base <= got[i].from /\ got[i].to <= End(commits[j])
      /\ LET before == IF i = 1 THEN rd[r].first ELSE got[i - 1].to
         IN got[i].from = before \/ (before < got[i].from /\ got[i].from <= head.start)

(* Not a guarantee, but a fact: the barrier of [4] is never needed by an append. A transition that
   rejects on a state has not made an attempt on it. *)
NoBarrierNeeded == \A p \in DOMAIN proc : proc[p].at.kind # "bump"

-----------------------------------------------------------------------------
(* The six properties of Zab's broadcast (Junqueira, Reed, Serafini, DSN 2011), for our log. What is
   broadcast is an append; a primary is a stream of a holder with an epoch (who goes on after a
   failure is a primary anew: Zab's would crash); what is delivered is what readers hand out, and,
   for a reader that has read it all, the log itself. *)

LogItself == [i \in DOMAIN commits |->
               [label |-> commits[i].label, from |-> commits[i].base, to |-> End(commits[i])]]
Deliveries == {[first |-> 0, seq |-> LogItself]}
              \cup {[first |-> rd[r].first, seq |-> rd[r].got] : r \in Readers}
LabelsIn(d) == {d.seq[i].label : i \in DOMAIN d.seq}
(* Where a label is delivered first: a batch may be handed out in parts. *)
Order(d) ==
  [l \in LabelsIn(d) |->
    CHOOSE i \in DOMAIN d.seq :
      d.seq[i].label = l /\ \A j \in 1..(i - 1) : d.seq[j].label # l]
CommitOf(label) == commits[CHOOSE i \in DOMAIN commits : commits[i].label = label]
(* A reader that begins late, or jumped over what was trimmed, has what is before as a snapshot. *)
IsInSnapshot(d, label) == End(CommitOf(label)) <= Max(d.first, head.start)

(* What is delivered was broadcast by somebody. *)
BroadcastIntegrity == \A d \in Deliveries : LabelsIn(d) \subseteq DOMAIN info

(* Of two deliveries one has all of the other. *)
BroadcastAgreement ==
  \A d, e \in Deliveries :
    LET x == LabelsIn(d)
        y == LabelsIn(e)
    IN \A a \in x \ y, b \in y \ x : IsInSnapshot(d, b) \/ IsInSnapshot(e, a)

(* Who delivers b has delivered before it what anybody delivered before it. *)
BroadcastTotalOrder ==
  \A d, e \in Deliveries : d # e =>
    LET x == Order(d)
        y == Order(e)
    IN \A b \in DOMAIN x \cap DOMAIN y : \A a \in DOMAIN x :
         x[a] < x[b] => IF a \in DOMAIN y THEN y[a] < y[b] ELSE IsInSnapshot(e, a)

(* What a primary broadcast is delivered in its order, and nothing of it is left out. *)
BroadcastLocalPrimaryOrder ==
  \A d \in Deliveries :
    LET x == Order(d)
    IN \A b \in DOMAIN x : ~info[b].staged =>
         \A a \in DOMAIN info : (info[a].stream = info[b].stream /\ info[a].no < info[b].no) =>
           /\ a \in CommittedLabels
           /\ IF a \in DOMAIN x THEN x[a] < x[b] ELSE IsInSnapshot(d, a)

(* What an earlier primary of the writer id broadcast is delivered before what a later one did. *)
BroadcastGlobalPrimaryOrder ==
  \A d \in Deliveries :
    LET x == Order(d)
        held == {l \in DOMAIN x : CommitOf(l).epoch # 0}
        of == [l \in held |-> CommitOf(l)]
    IN \A a, b \in held :
         (of[a].wid = of[b].wid /\ of[a].epoch < of[b].epoch) => x[a] < x[b]

(* Before a primary broadcasts it knows all that earlier ones ever get committed: the head that its
   acquire returned ends behind all of theirs, and before all of its own. *)
BroadcastPrimaryIntegrity ==
  \A a \in acquired : \A i \in DOMAIN commits :
    LET c == commits[i]
    IN (c.wid = a.wid /\ c.epoch # 0) =>
         IF c.epoch < a.epoch THEN End(c) <= a.next ELSE c.epoch = a.epoch => c.base >= a.next

-----------------------------------------------------------------------------
(* Liveness. The bounds make the environment stop; what is fair is named here: a process takes its
   steps (WF), the store answers and what was sent lands (WF of Land, SF against contention), fence
   and faults are not fair.

   Fair steps alone are not enough: three bugs starve somebody who takes steps, or could. With
   RetryOnOldHead a writer sends and hears a conflict for ever: nothing that is sent on an old version
   lands. With OvertakenIsKept a compactor stands before an install that cannot come any more (to send
   it again changes nothing, so the model stutters). With MissIsRetried a reader asks for ever for an
   object that is compacted and deleted: what is gone once stays gone. *)

Fairness ==
  /\ \A p \in Writers : WF_vars(WriterStep(p)) /\ SF_vars(Land(p)) /\ SF_vars(AnswerStored(p))
  /\ \A c \in Compactors :
       /\ WF_vars(CompactorWrites(c))
       /\ SF_vars(CompactorInstalls(c))
       /\ WF_vars(CompactorEnds(c))
       /\ WF_vars(\E n \in 0..Len(head.wal) : CompactorReads(c, n, 0))
  /\ \A r \in Readers : WF_vars(NextReader(r))

FairSpec == Spec /\ Fairness

(* Whoever appends is told something, or dies. *)
IsAnswered(l) == (\E t \in told : t[1] = l) \/ \E p \in Writers : proc[p].stream > info[l].stream[2]
                                                /\ info[l].stream[1] = p
AppendProgress ==
  \A l \in 1..(MaxRequests + MaxCompactions + IF MaxInline = 0 THEN 0 ELSE MaxRequests) :
    (l \in DOMAIN info /\ ~info[l].staged) ~> (l \in DOMAIN info /\ IsAnswered(l))

(* A compaction that has begun ends. *)
CompactionCompletes == \A c \in Compactors : comp[c].st # "idle" ~> comp[c].st = "idle"

(* A reader gets to the end of what is in the log, or of what is not trimmed. *)
ReaderEventuallySucceeds ==
  \A r \in Readers : \A offset \in 1..MaxOffset :
    head.next >= offset ~> rd[r].pos >= offset
=============================================================================
