------------------------------ MODULE S3Queue ------------------------------
(***************************************************************************)
(* S3-Queue as published: the reference of the Leaderless Log Protocol on  *)
(* S3 alone, after its specification (examples/s3-queue/SPEC.md of the     *)
(* authors' repository) and, where that is silent, its Rust sources. The   *)
(* text of this model is ours.                                             *)
(*                                                                         *)
(* Objects of a topic, each atomic by itself and not with any other:       *)
(*   tail    "sequence-counter": the next offset and the PENDING entry,    *)
(*           the index entry of the last append; changed by If-Match. Its  *)
(*           body never repeats, so we compare bodies for ETags            *)
(*   fenced  "log-state", an object of its own                             *)
(*   index   one object per entry, under its end offset; written by        *)
(*           UNCONDITIONAL puts                                            *)
(*   cursor  "compaction-cursor"                                           *)
(*   data    WAL objects under fresh names; compacted objects              *)
(*                                                                         *)
(* An append: put the WAL object; get the fence; then a loop: get the      *)
(* tail; "materialise" its pending entry, by a put of it into the index    *)
(* whose failure is ignored; CAS the tail with the own entry as the new    *)
(* pending one; on 412 again. At last materialise the own entry.           *)
(*                                                                         *)
(* Each request is an action. What S3 and its clients do:                  *)
(*   - the response to a CAS is lost, and the SDK sends it again           *)
(*     (MaxLostResponses). The second answer is 412, to the own success    *)
(*   - a put of an index entry is given up by its sender and lands later,  *)
(*     or never (MaxLatePuts)                                              *)
(*   - producers and compactors crash (MaxCrashes). Whoever stalls simply  *)
(*     does nothing for a while: that is any behaviour, without a bound    *)
(*   - WAL objects get older than vacuum's retention (Age)                 *)
(*                                                                         *)
(* In favour of S3-Queue, several requests are one action where it helps   *)
(* it: a compactor reads its whole range at once, a look-up (LIST, GET and *)
(* the look at the pending entry) is one step, vacuum lists and reads the  *)
(* index at once, RangeDelete is one step. There is one compactor and one  *)
(* vacuum. Unfence, consumer cursors and acknowledgements are left out.    *)
(*                                                                         *)
(* What docs/protocol.md does in the place of these actions, and which     *)
(* traces TLC finds, is told in published.md.                              *)
(*                                                                         *)
(* The properties are the protocol's where it has them, and ours where a   *)
(* user would ask (ExactlyOnce, AckedIsDurable, NoDanglingReference). They *)
(* are judged against `log`: what the CASes of the tail have appended.     *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Producers, Readers,
    MaxAppends,         \* appends of each producer
    MaxBatch,           \* records of an append, at most
    MaxOffset,          \* the log has at most so many records
    MaxTries,           \* a reader looks again so often when an object is gone (3 as published)
    MaxLostResponses, MaxLatePuts, MaxCrashes,
    Compacting,         \* "no"; "throughTail": any range, as published;
                        \* "belowTail": the last entry, which is pending, is left alone. NOT as published
    Fencing,            \* TRUE: somebody may fence the topic
    Vacuuming,          \* "no"; "atOnce": vacuum is a single step, and a producer may stall beyond the retention;
                        \* "inSteps": it is several, and no producer does, as S3-Queue asks its operators to see to
    OneAtATime          \* TRUE: an append, a compaction, a vacuum or a read begins only when no other is under way

ASSUME /\ Compacting \in {"no", "throughTail", "belowTail"}
       /\ Vacuuming \in {"no", "atOnce", "inSteps"}
       /\ Fencing \in BOOLEAN /\ OneAtATime \in BOOLEAN

VARIABLES
    \* objects
    tail, fenced, index, cursor, data,
    old,        \* WAL objects older than the retention
    wire,       \* puts of index entries that may land later
    \* processes
    producer, compactor, fencer, vacuum, reader,
    faults,     \* [lost, late, crashed]: how often so far
    \* for the properties only
    log,        \* the label of the append that each offset was given to
    acked,      \* label -> end offset, of the appends whose caller was told that they are done
    refused,    \* labels of the appends whose caller was told that they failed
    slipped     \* labels of the appends that were committed after the fence had returned

objects == <<tail, fenced, index, cursor, data, old, wire>>
processes == <<producer, compactor, fencer, vacuum, reader>>
ghosts == <<log, acked, refused, slipped>>
vars == <<tail, fenced, index, cursor, data, old, wire, producer, compactor, fencer, vacuum, reader, faults,
          log, acked, refused, slipped>>

Offsets == 1..MaxOffset
None == [kind |-> "none", end |-> 0, count |-> 0, object |-> <<>>]

\* Names of data objects: of WAL objects (and of the append whose records it holds), of compacted ones.
Label(p, number) == <<"wal", p, number>>
Segment(first, last) == <<"segment", first, last>>
IsWal(object) == object[1] = "wal"

Put(function, key, value) == [k \in DOMAIN function \cup {key} |-> IF k = key THEN value ELSE function[k]]
Without(function, keys) == [k \in DOMAIN function \ keys |-> function[k]]

FirstOf(entry) == entry.end - entry.count + 1
Covers(entry, offset) == FirstOf(entry) <= offset /\ offset <= entry.end

\* CeilingGet. The key at or after the offset; only if the index has none, the pending entry.
Ceiling(offset) ==
    LET keys == {key \in DOMAIN index : key >= offset}
        entry == IF keys = {} THEN tail.pending
                 ELSE index[CHOOSE key \in keys : \A other \in keys : key <= other]
    IN IF Covers(entry, offset) THEN entry ELSE None

Holds(entry, offset) ==
    /\ entry.object \in DOMAIN data
    /\ offset - FirstOf(entry) + 1 <= Len(data[entry.object])
    /\ data[entry.object][offset - FirstOf(entry) + 1] = log[offset]

\* What a reader that looks the offset up at this moment, and is not disturbed, would find.
Readable(offset) == Ceiling(offset).kind # "none" /\ Holds(Ceiling(offset), offset)

IdleProducer == [at |-> "idle", label |-> <<>>, count |-> 0, seen |-> <<>>, end |-> 0]
IdleCompactor == [at |-> "idle", first |-> 0, last |-> 0, wals |-> {}]
IdleReader == [at |-> "idle", offset |-> 0, entry |-> None, tries |-> 0]
IdleVacuum == [at |-> "idle", doomed |-> {}]

Init ==
    /\ tail = [next |-> 1, pending |-> None]
    /\ fenced = FALSE
    /\ index = [key \in {} |-> None]
    /\ cursor = 1
    /\ data = [object \in {} |-> <<>>]
    /\ old = {}
    /\ wire = {}
    /\ producer = [p \in Producers |-> [state |-> IdleProducer, made |-> 0]]
    /\ compactor = IdleCompactor
    /\ fencer = "idle"
    /\ vacuum = IdleVacuum
    /\ reader = [r \in Readers |-> IdleReader]
    /\ faults = [lost |-> 0, late |-> 0, crashed |-> 0]
    /\ log = <<>>
    /\ acked = [label \in {} |-> 0]
    /\ refused = {}
    /\ slipped = {}

Quiet ==
    /\ \A p \in Producers : producer[p].state.at = "idle"
    /\ compactor.at = "idle"
    /\ vacuum.at = "idle"
    /\ \A r \in Readers : reader[r].at = "idle"

MayBegin == OneAtATime => Quiet

-----------------------------------------------------------------------------
(* Append *)

At(p) == producer[p].state.at
Change(p, state) == producer' = [producer EXCEPT ![p].state = state]

\* The WAL object is put under a fresh name.
PutWal(p) ==
    /\ At(p) = "idle"
    /\ MayBegin
    /\ producer[p].made < MaxAppends
    /\ \E count \in 1..MaxBatch :
        LET label == Label(p, producer[p].made + 1)
        IN  /\ data' = Put(data, label, [i \in 1..count |-> label])
            /\ producer' = [producer EXCEPT ![p] =
                    [state |-> [at |-> "written", label |-> label, count |-> count, seen |-> <<>>, end |-> 0],
                     made |-> producer[p].made + 1]]
    /\ UNCHANGED <<tail, fenced, index, cursor, old, wire, compactor, fencer, vacuum, reader, faults, ghosts>>

\* The fence is looked at once, in an object of its own, before the loop.
CheckFence(p) ==
    /\ At(p) = "written"
    /\ Change(p, IF fenced THEN IdleProducer ELSE [producer[p].state EXCEPT !.at = "checked"])
    /\ refused' = IF fenced THEN refused \cup {producer[p].state.label} ELSE refused
    /\ UNCHANGED <<objects, compactor, fencer, vacuum, reader, faults, log, acked, slipped>>

GetTail(p) ==
    /\ At(p) = "checked"
    /\ tail.next + producer[p].state.count - 1 <= MaxOffset
    /\ Change(p, [producer[p].state EXCEPT !.at = IF tail.pending.kind = "none" THEN "swapping" ELSE "materialising",
                                           !.seen = tail])
    /\ UNCHANGED <<objects, compactor, fencer, vacuum, reader, faults, ghosts>>

\* The pending entry that was read some time ago is put into the index, whatever is there now.
Materialise(p) ==
    LET entry == producer[p].state.seen.pending
    IN  /\ At(p) = "materialising"
        /\ index' = Put(index, entry.end, entry)
        /\ Change(p, [producer[p].state EXCEPT !.at = "swapping"])
        /\ UNCHANGED <<tail, fenced, cursor, data, old, wire, compactor, fencer, vacuum, reader, faults, ghosts>>

\* The put times out. Its sender does not mind; it may land later, or never.
MaterialiseLate(p) ==
    /\ At(p) = "materialising"
    /\ faults.late < MaxLatePuts
    /\ faults' = [faults EXCEPT !.late = @ + 1]
    /\ wire' = wire \cup {producer[p].state.seen.pending}
    /\ Change(p, [producer[p].state EXCEPT !.at = "swapping"])
    /\ UNCHANGED <<tail, fenced, index, cursor, data, old, compactor, fencer, vacuum, reader, ghosts>>

LatePutLands ==
    \E entry \in wire :
        /\ index' = Put(index, entry.end, entry)
        /\ wire' = wire \ {entry}
        /\ UNCHANGED <<tail, fenced, cursor, data, old, processes, faults, ghosts>>

\* The CAS at the store: this is what appends.
SwapApplies(p) ==
    LET end == tail.next + producer[p].state.count - 1
        label == producer[p].state.label
    IN  /\ tail = producer[p].state.seen
        /\ tail' = [next |-> end + 1,
                    pending |-> [kind |-> "wal", end |-> end, count |-> producer[p].state.count, object |-> label]]
        /\ log' = log \o [i \in 1..producer[p].state.count |-> label]
        /\ slipped' = IF fencer = "returned" THEN slipped \cup {label} ELSE slipped

SwapStored(p) ==
    /\ At(p) = "swapping"
    /\ SwapApplies(p)
    /\ Change(p, [producer[p].state EXCEPT !.at = "committed", !.seen = <<>>, !.end = tail'.next - 1])
    /\ UNCHANGED <<fenced, index, cursor, data, old, wire, compactor, fencer, vacuum, reader, faults, acked, refused>>

\* It is stored, but the answer is lost. The SDK sends the same request again: the producer swaps still.
SwapAnswerLost(p) ==
    /\ At(p) = "swapping"
    /\ faults.lost < MaxLostResponses
    /\ faults' = [faults EXCEPT !.lost = @ + 1]
    /\ SwapApplies(p)
    /\ UNCHANGED <<fenced, index, cursor, data, old, wire, processes, acked, refused>>

\* So is the last answer that the SDK waits for. Its error becomes the caller's: the append "failed".
SwapGivenUp(p) ==
    /\ At(p) = "swapping"
    /\ faults.lost < MaxLostResponses
    /\ faults' = [faults EXCEPT !.lost = @ + 1]
    /\ SwapApplies(p)
    /\ refused' = refused \cup {producer[p].state.label}
    /\ Change(p, IdleProducer)
    /\ UNCHANGED <<fenced, index, cursor, data, old, wire, compactor, fencer, vacuum, reader, acked>>

\* 412: somebody else was faster, as the producer believes, and it goes through the loop again.
SwapRefused(p) ==
    /\ At(p) = "swapping"
    /\ tail # producer[p].state.seen
    /\ Change(p, [producer[p].state EXCEPT !.at = "checked", !.seen = <<>>])
    /\ UNCHANGED <<objects, compactor, fencer, vacuum, reader, faults, ghosts>>

OwnEntry(p) ==
    [kind |-> "wal", end |-> producer[p].state.end, count |-> producer[p].state.count, object |-> producer[p].state.label]

Acknowledge(p) == acked' = Put(acked, producer[p].state.label, producer[p].state.end)

\* The own entry is put into the index, and the caller is told its offset.
MaterialiseOwn(p) ==
    /\ At(p) = "committed"
    /\ index' = Put(index, OwnEntry(p).end, OwnEntry(p))
    /\ Acknowledge(p)
    /\ Change(p, IdleProducer)
    /\ UNCHANGED <<tail, fenced, cursor, data, old, wire, compactor, fencer, vacuum, reader, faults, log, refused, slipped>>

MaterialiseOwnLate(p) ==
    /\ At(p) = "committed"
    /\ faults.late < MaxLatePuts
    /\ faults' = [faults EXCEPT !.late = @ + 1]
    /\ wire' = wire \cup {OwnEntry(p)}
    /\ Acknowledge(p)
    /\ Change(p, IdleProducer)
    /\ UNCHANGED <<tail, fenced, index, cursor, data, old, compactor, fencer, vacuum, reader, log, refused, slipped>>

ProducerCrash(p) ==
    /\ At(p) # "idle"
    /\ faults.crashed < MaxCrashes
    /\ faults' = [faults EXCEPT !.crashed = @ + 1]
    /\ Change(p, IdleProducer)
    /\ UNCHANGED <<objects, compactor, fencer, vacuum, reader, ghosts>>

-----------------------------------------------------------------------------
(* Compaction: the three-step update, with the WAL objects deleted after the entries *)

\* A segment's entry at or above the cursor is what a compactor that crashed left behind.
Unfinished == {end \in DOMAIN index : index[end].kind = "segment" /\ end >= cursor}

\* The entries from the cursor to `last`, as look-ups find them, must be WAL entries end to end, with their objects there.
\* (In favour of S3-Queue: nobody compacts another range while one is unfinished. Its operators must see to that.)
Entries(last) == {Ceiling(offset) : offset \in cursor..last}

CompactRead(last) ==
    /\ Compacting # "no"
    /\ compactor.at = "idle"
    /\ MayBegin
    /\ Unfinished = {}
    /\ cursor <= last
    /\ last < tail.next - IF Compacting = "belowTail" THEN tail.pending.count ELSE 0
    /\ \A entry \in Entries(last) :
        /\ entry.kind = "wal"
        /\ cursor <= FirstOf(entry) /\ entry.end <= last
        /\ entry.object \in DOMAIN data
    /\ compactor' = [at |-> "read", first |-> cursor, last |-> last, wals |-> {entry.object : entry \in Entries(last)}]
    /\ UNCHANGED <<objects, producer, fencer, vacuum, reader, faults, ghosts>>

\* The compacted object has the records that were read, in the order of the offsets.
CompactPutObject ==
    /\ compactor.at = "read"
    /\ data' = Put(data, Segment(compactor.first, compactor.last),
                   [i \in 1..(compactor.last - compactor.first + 1) |-> log[compactor.first + i - 1]])
    /\ compactor' = [compactor EXCEPT !.at = "written"]
    /\ UNCHANGED <<tail, fenced, index, cursor, old, wire, producer, fencer, vacuum, reader, faults, ghosts>>

CompactPutEntry ==
    /\ compactor.at = "written"
    /\ index' = Put(index, compactor.last,
                    [kind |-> "segment", end |-> compactor.last, count |-> compactor.last - compactor.first + 1,
                     object |-> Segment(compactor.first, compactor.last)])
    /\ compactor' = [compactor EXCEPT !.at = "deleting"]
    /\ UNCHANGED <<tail, fenced, cursor, data, old, wire, producer, fencer, vacuum, reader, faults, ghosts>>

CompactDeleteEntries ==
    /\ compactor.at = "deleting"
    /\ index' = Without(index, compactor.first..(compactor.last - 1))
    /\ compactor' = [compactor EXCEPT !.at = "reclaiming"]
    /\ UNCHANGED <<tail, fenced, cursor, data, old, wire, producer, fencer, vacuum, reader, faults, ghosts>>

CompactDeleteWals ==
    /\ compactor.at = "reclaiming"
    /\ data' = Without(data, compactor.wals)
    /\ compactor' = [compactor EXCEPT !.at = "moving", !.wals = {}]
    /\ UNCHANGED <<tail, fenced, index, cursor, old, wire, producer, fencer, vacuum, reader, faults, ghosts>>

CompactMoveCursor ==
    /\ compactor.at = "moving"
    /\ cursor' = compactor.last + 1
    /\ compactor' = IdleCompactor
    /\ UNCHANGED <<tail, fenced, index, data, old, wire, producer, fencer, vacuum, reader, faults, ghosts>>

CompactorCrash ==
    /\ compactor.at # "idle"
    /\ faults.crashed < MaxCrashes
    /\ faults' = [faults EXCEPT !.crashed = @ + 1]
    /\ compactor' = IdleCompactor
    /\ UNCHANGED <<objects, producer, fencer, vacuum, reader, ghosts>>

\* Go on with the deletion of entries. The WAL objects are left to vacuum.
CompactResume(last) ==
    /\ compactor.at = "idle"
    /\ MayBegin
    /\ last \in Unfinished
    /\ index[last].object \in DOMAIN data
    /\ compactor' = [at |-> "deleting", first |-> FirstOf(index[last]), last |-> last, wals |-> {}]
    /\ UNCHANGED <<objects, producer, fencer, vacuum, reader, faults, ghosts>>

-----------------------------------------------------------------------------
(* Fence, vacuum *)

FenceSwap ==
    /\ Fencing
    /\ fencer = "idle"
    /\ fenced' = TRUE
    /\ fencer' = "swapped"
    /\ UNCHANGED <<tail, index, cursor, data, old, wire, producer, compactor, vacuum, reader, faults, ghosts>>

\* From here on whoever fenced relies on it.
FenceReturns ==
    /\ fencer = "swapped"
    /\ fencer' = "returned"
    /\ UNCHANGED <<objects, producer, compactor, vacuum, reader, faults, ghosts>>

\* Time goes by until an object is older than the retention.
Age ==
    /\ Vacuuming # "no"
    /\ \E object \in DOMAIN data \ old :
        /\ IsWal(object)
        /\ Vacuuming = "inSteps" => \A p \in Producers : producer[p].state.label # object
        /\ old' = old \cup {object}
    /\ UNCHANGED <<tail, fenced, index, cursor, data, wire, processes, faults, ghosts>>

\* The old WAL objects that no entry of the index refers to.
Unreferenced == (old \cap DOMAIN data) \ {index[key].object : key \in DOMAIN index}

VacuumAtOnce ==
    /\ Vacuuming = "atOnce"
    /\ data' = Without(data, Unreferenced \ {tail.pending.object})
    /\ UNCHANGED <<tail, fenced, index, cursor, old, wire, processes, faults, ghosts>>

VacuumList ==
    /\ Vacuuming = "inSteps"
    /\ vacuum.at = "idle"
    /\ MayBegin
    /\ Unreferenced # {}
    /\ vacuum' = [at |-> "listed", doomed |-> Unreferenced]
    /\ UNCHANGED <<objects, producer, compactor, fencer, reader, faults, ghosts>>

\* The pending entry is looked at after the index. (The sources do; the specification forgets it.)
VacuumGetTail ==
    /\ vacuum.at = "listed"
    /\ vacuum' = [at |-> "deleting", doomed |-> vacuum.doomed \ {tail.pending.object}]
    /\ UNCHANGED <<objects, producer, compactor, fencer, reader, faults, ghosts>>

VacuumDelete ==
    /\ vacuum.at = "deleting"
    /\ data' = Without(data, vacuum.doomed)
    /\ vacuum' = IdleVacuum
    /\ UNCHANGED <<tail, fenced, index, cursor, old, wire, producer, compactor, fencer, reader, faults, ghosts>>

-----------------------------------------------------------------------------
(* Read *)

\* A reader wants an offset that was appended.
AskFor(r, offset) ==
    /\ reader[r].at = "idle"
    /\ MayBegin
    /\ offset <= Len(log)
    /\ reader' = [reader EXCEPT ![r] = [at |-> "asking", offset |-> offset, entry |-> None, tries |-> 0]]
    /\ UNCHANGED <<objects, producer, compactor, fencer, vacuum, faults, ghosts>>

\* CeilingGet. "No message" for an offset that was appended is as bad as an error.
LookUp(r) ==
    LET entry == Ceiling(reader[r].offset)
    IN  /\ reader[r].at = "asking"
        /\ reader' = [reader EXCEPT ![r].at = IF entry.kind = "none" THEN "error" ELSE "found", ![r].entry = entry]
        /\ UNCHANGED <<objects, producer, compactor, fencer, vacuum, faults, ghosts>>

\* The object; if it is gone, the look-up again, a few times.
GetData(r) ==
    /\ reader[r].at = "found"
    /\ reader' = [reader EXCEPT ![r] =
            IF reader[r].entry.object \in DOMAIN data
            THEN IF Holds(reader[r].entry, reader[r].offset) THEN IdleReader ELSE [reader[r] EXCEPT !.at = "error"]
            ELSE IF reader[r].tries + 1 < MaxTries
                 THEN [reader[r] EXCEPT !.at = "asking", !.entry = None, !.tries = @ + 1]
                 ELSE [reader[r] EXCEPT !.at = "error"]]
    /\ UNCHANGED <<objects, producer, compactor, fencer, vacuum, faults, ghosts>>

-----------------------------------------------------------------------------

Next ==
    \/ \E p \in Producers :
        \/ PutWal(p) \/ CheckFence(p) \/ GetTail(p) \/ Materialise(p) \/ MaterialiseLate(p)
        \/ SwapStored(p) \/ SwapAnswerLost(p) \/ SwapGivenUp(p) \/ SwapRefused(p)
        \/ MaterialiseOwn(p) \/ MaterialiseOwnLate(p) \/ ProducerCrash(p)
    \/ LatePutLands
    \/ \E last \in Offsets : CompactRead(last) \/ CompactResume(last)
    \/ CompactPutObject \/ CompactPutEntry \/ CompactDeleteEntries \/ CompactDeleteWals \/ CompactMoveCursor
    \/ CompactorCrash
    \/ FenceSwap \/ FenceReturns
    \/ Age \/ VacuumAtOnce \/ VacuumList \/ VacuumGetTail \/ VacuumDelete
    \/ \E r \in Readers : LookUp(r) \/ GetData(r) \/ \E offset \in Offsets : AskFor(r, offset)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Properties *)

TypeOK ==
    /\ tail.next \in 1..(MaxOffset + 1)
    /\ tail.next = Len(log) + 1
    /\ DOMAIN index \subseteq Offsets
    /\ \A key \in DOMAIN index : index[key].end = key /\ index[key].kind \in {"wal", "segment"}
    /\ cursor \in 1..(MaxOffset + 1)
    /\ \A p \in Producers :
        /\ At(p) \in {"idle", "written", "checked", "materialising", "swapping", "committed"}
        /\ producer[p].made \in 0..MaxAppends

\* An append is in the log at most once: its records are a batch's worth, and they are neighbours.
ExactlyOnce ==
    \A one, other \in 1..Len(log) :
        (one < other /\ log[one] = log[other]) =>
            /\ log[one] \in DOMAIN data => other - one < Len(data[log[one]])
            /\ \A between \in one..other : log[between] = log[one]

\* What failed, as its caller was told, is not in the log.
FailedMeansAbsent == \A offset \in 1..Len(log) : log[offset] \notin refused

\* Nothing is committed once fence has returned.
FencedRejectsAppends == slipped = {}

\* What was compacted is found, with the records that were appended.
CompactionPreservesData == \A offset \in 1..(cursor - 1) : Readable(offset)

\* What was acknowledged is found at the offset that was told, at any time.
AckedIsDurable ==
    \A label \in DOMAIN acked : log[acked[label]] = label /\ Readable(acked[label])

\* Entries are of what was appended, and no WAL entry is left of what was compacted.
NoPhantomEntries ==
    \A key \in DOMAIN index : key < tail.next /\ (index[key].kind = "wal" => key >= cursor)

CursorConsistency == cursor <= tail.next

\* Two entries cover the same offset only if one is the segment that is replacing the other.
NoOverlappingRanges ==
    \A one, other \in DOMAIN index :
        (one < other /\ one >= FirstOf(index[other])) =>
            /\ index[one].kind = "wal" /\ index[other].kind = "segment"
            /\ FirstOf(index[other]) <= FirstOf(index[one])
            /\ other >= cursor

\* No reader of what was appended ends with an error, or with nothing.
NoReaderError == \A r \in Readers : reader[r].at # "error"

\* What the index or the pending entry refers to exists. (A pending entry counts until its place is taken.)
NoDanglingReference ==
    /\ \A key \in DOMAIN index : index[key].object \in DOMAIN data
    /\ (tail.pending.kind # "none" /\ tail.pending.end \notin DOMAIN index) => tail.pending.object \in DOMAIN data
=============================================================================
