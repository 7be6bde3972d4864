---------------------- MODULE LeaderlessLogAsPublished ----------------------
(***************************************************************************)
(* The Leaderless Log Protocol as its authors publish it (the protocol     *)
(* behind Ursa): one log, whose coordination is a metadata service.        *)
(*                                                                         *)
(*   append    write a WAL object; ONE atomic assignment in the service    *)
(*             (check the state, raise the sequence counter, put the index *)
(*             entry under its end offset); complete                       *)
(*   compact   read the entries from the compaction cursor on, write the   *)
(*             compacted object; then three updates of the service, each   *)
(*             of its own: put the segment's entry over the last entry of  *)
(*             the range, delete the entries before it, move the cursor    *)
(*   fence     and unfence: the state of the log                           *)
(*   read      CeilingGet: the entry with the smallest end offset that is  *)
(*             not below the offset wanted; then the object                *)
(*                                                                         *)
(* Text and structure are ours; the actions and the names of the nine      *)
(* safety and three liveness properties are the authors'. Where theirs     *)
(* hold by the shape of their state (NoOffsetDuplicates and MonotonicOff-  *)
(* sets), of their guards (FencedRejectsAppends) or since an error cannot  *)
(* be reached (ReaderEventuallySucceeds), we ask for more, so that each    *)
(* check can fail; where they fix two ranges to compact, we let the        *)
(* compactor choose any; and a compactor that starts after a crash goes on *)
(* where the last one stopped, so CompactionCompletes means that it does.  *)
(*                                                                         *)
(* In docs/protocol.md: Assign is append (5), Fence and Unfence are        *)
(* ChangeState and TakeState (5), the five steps of compaction are one     *)
(* transition and what is written before it (6), LookUp is reading (9).    *)
(*                                                                         *)
(* What the protocol assumes, and S3 does not give:                        *)
(*   1. An assignment whose outcome is known. Here Assign happens and the  *)
(*      writer knows, in one step. On S3 an answer can be lost and a       *)
(*      request can land late; so "did it?" is a question of its own.      *)
(*   2. A service that is one linearizable store with transactions:        *)
(*      state, counter and entry are checked and changed together. S3      *)
(*      compares and swaps one object; what is spread over several objects *)
(*      is not atomic. S3Queue.tla shows what follows.                     *)
(*   3. One compactor at a time. Nothing on S3 sees to that; the           *)
(*      configuration twoCompactors shows what two of them do.             *)
(*   4. Objects stay. Nothing is ever deleted here, so no reference can    *)
(*      dangle, and a stalled writer is harmless.                          *)
(* Writers have no epochs, and an append has no name that survives its     *)
(* writer, so a caller that lost the answer can only append again: exactly *)
(* once is no property of the published protocol.                          *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
    Writers, Readers,
    Compactors,         \* as published there is one
    MaxOffset,          \* offsets are 1..MaxOffset, as in the authors' text
    MaxBatch,           \* a batch has 1..MaxBatch records
    CrashesAreFew,      \* TRUE: writers and compactors crash MaxCrashes times, together; liveness needs that.
                        \* FALSE: any number of times
    MaxCrashes,
    AssignChecksFence,  \* TRUE; FALSE: the assignment does not look at the state of the log
    CompactorsResume,   \* TRUE; FALSE: nobody goes on with what a compactor that crashed left behind. So it is in the
                        \* authors' model, whose CompactionCompletes is content with a crash
    SegmentEntryFirst   \* TRUE; FALSE: compaction deletes the old entries before it puts the new one

ASSUME /\ MaxOffset \in Nat /\ MaxBatch \in Nat \ {0} /\ MaxCrashes \in Nat
       /\ CrashesAreFew \in BOOLEAN /\ AssignChecksFence \in BOOLEAN /\ SegmentEntryFirst \in BOOLEAN
       /\ CompactorsResume \in BOOLEAN

VARIABLES
    \* the metadata service
    counter,    \* the next offset
    index,      \* end offset -> [kind, count, holds]; holds: the offsets whose records are in its object
    fenced,
    cursor,     \* the first offset not compacted
    \* the processes
    writer, compactor, reader, crashes,
    \* for the properties only
    twice,      \* offsets that were assigned more than once
    fencedAt,   \* the counter when the fence that holds was put up; 0 while the log is open
    rounds      \* the ranges of the compactions that were finished

service == <<counter, index, fenced, cursor>>
history == <<twice, fencedAt, rounds>>
vars == <<counter, index, fenced, cursor, writer, compactor, reader, crashes, twice, fencedAt, rounds>>

Offsets == 1..MaxOffset
Max(a, b) == IF a > b THEN a ELSE b

FirstOf(end) == end - index[end].count + 1
Range(end) == FirstOf(end)..end

\* CeilingGet: the smallest key of the index that is not below the offset; 0 if there is none.
CeilingGet(offset) ==
    LET keys == {key \in DOMAIN index : key >= offset}
    IN IF keys = {} THEN 0 ELSE CHOOSE key \in keys : \A other \in keys : key <= other

\* A look-up finds the record: there is an entry, it covers the offset, and its object has the record.
Found(offset) ==
    LET end == CeilingGet(offset)
    IN end # 0 /\ offset \in Range(end) /\ offset \in index[end].holds

IdleWriter == [at |-> "idle", size |-> 0]
IdleCompactor == [at |-> "idle", first |-> 0, last |-> 0, holds |-> {}]

Init ==
    /\ counter = 1
    /\ index = [end \in {} |-> 0]
    /\ fenced = FALSE
    /\ cursor = 1
    /\ writer = [w \in Writers |-> IdleWriter]
    /\ compactor = [c \in Compactors |-> IdleCompactor]
    /\ reader = [r \in Readers |-> "read"]
    /\ crashes = 0
    /\ twice = {}
    /\ fencedAt = 0
    /\ rounds = {}

Crash ==
    /\ CrashesAreFew => crashes < MaxCrashes
    /\ crashes' = IF CrashesAreFew THEN crashes + 1 ELSE crashes

WriterSymmetry == Permutations(Writers)

-----------------------------------------------------------------------------
(* Append *)

StartAppend(w) ==
    /\ writer[w].at = "idle"
    /\ ~fenced
    /\ \E size \in 1..MaxBatch : writer' = [writer EXCEPT ![w] = [at |-> "writing", size |-> size]]
    /\ UNCHANGED <<service, compactor, reader, crashes, history>>

\* The WAL object is written. It has no offsets yet, and nothing refers to it.
WalWritten(w) ==
    /\ writer[w].at = "writing"
    /\ writer' = [writer EXCEPT ![w].at = "assigning"]
    /\ UNCHANGED <<service, compactor, reader, crashes, history>>

WalFailed(w) ==
    /\ writer[w].at = "writing"
    /\ writer' = [writer EXCEPT ![w] = [at |-> "failed", size |-> 0]]
    /\ UNCHANGED <<service, compactor, reader, crashes, history>>

\* The heart of the protocol: state, counter and index in one transaction, whose outcome the writer knows.
Assign(w) ==
    LET end == counter + writer[w].size - 1
        given == counter..end
    IN  /\ writer[w].at = "assigning"
        /\ AssignChecksFence => ~fenced
        /\ end <= MaxOffset
        /\ counter' = end + 1
        /\ index' = [key \in DOMAIN index \cup {end} |->
                        IF key = end THEN [kind |-> "wal", count |-> writer[w].size, holds |-> given]
                        ELSE index[key]]
        /\ twice' = twice \cup {offset \in given : Found(offset)}
        /\ writer' = [writer EXCEPT ![w] = [at |-> "done", size |-> 0]]
        /\ UNCHANGED <<fenced, cursor, compactor, reader, crashes, fencedAt, rounds>>

\* The log is fenced, or the model has no more offsets: the append fails, and its WAL object is garbage.
AssignRefused(w) ==
    /\ writer[w].at = "assigning"
    /\ \/ AssignChecksFence /\ fenced
       \/ counter + writer[w].size - 1 > MaxOffset
    /\ writer' = [writer EXCEPT ![w] = [at |-> "failed", size |-> 0]]
    /\ UNCHANGED <<service, compactor, reader, crashes, history>>

\* The caller hears the outcome; or, after a crash, another process takes the writer's place.
Complete(w) ==
    /\ writer[w].at \in {"done", "failed"}
    /\ writer' = [writer EXCEPT ![w] = IdleWriter]
    /\ UNCHANGED <<service, compactor, reader, crashes, history>>

\* Between the two steps. Nothing was assigned, so to the log it is a failure; and here nobody is ever in doubt.
WriterCrash(w) ==
    /\ writer[w].at = "assigning"
    /\ Crash
    /\ writer' = [writer EXCEPT ![w] = [at |-> "failed", size |-> 0]]
    /\ UNCHANGED <<service, compactor, reader, history>>

-----------------------------------------------------------------------------
(* Compaction *)

\* A segment that was put into the index, but the cursor is not beyond it: an earlier compactor stopped.
Unfinished == {end \in DOMAIN index : index[end].kind = "segment" /\ end >= cursor}

\* Read the entries from the cursor to the end of some entry.
CompactRead(c, last) ==
    /\ compactor[c].at = "idle"
    /\ Unfinished = {}
    /\ last \in DOMAIN index
    /\ last >= cursor
    /\ compactor' = [compactor EXCEPT ![c] =
            [at |-> "read", first |-> cursor, last |-> last,
             holds |-> UNION {index[end].holds : end \in {key \in DOMAIN index : cursor <= key /\ key <= last}}]]
    /\ UNCHANGED <<service, writer, reader, crashes, history>>

\* The compacted object is durable before anything refers to it.
CompactWriteObject(c) ==
    /\ compactor[c].at = "read"
    /\ compactor' = [compactor EXCEPT ![c].at = IF SegmentEntryFirst THEN "written" ELSE "deleting"]
    /\ UNCHANGED <<service, writer, reader, crashes, history>>

\* First update: the segment's entry replaces the last entry of the range, and covers the whole range.
CompactPutEntry(c) ==
    /\ compactor[c].at = "written"
    /\ LET last == compactor[c].last
           entry == [kind |-> "segment", count |-> last - compactor[c].first + 1, holds |-> compactor[c].holds]
       IN index' = [key \in DOMAIN index \cup {last} |-> IF key = last THEN entry ELSE index[key]]
    /\ compactor' = [compactor EXCEPT ![c].at = IF SegmentEntryFirst THEN "deleting" ELSE "moving",
                                      ![c].holds = {}]
    /\ UNCHANGED <<counter, fenced, cursor, writer, reader, crashes, history>>

\* Second update: the entries before it go.
CompactDeleteOld(c) ==
    /\ compactor[c].at = "deleting"
    /\ index' = [key \in {end \in DOMAIN index : end < compactor[c].first \/ end >= compactor[c].last} |-> index[key]]
    /\ compactor' = [compactor EXCEPT ![c].at = IF SegmentEntryFirst THEN "moving" ELSE "written"]
    /\ UNCHANGED <<counter, fenced, cursor, writer, reader, crashes, history>>

\* Third update: the cursor moves behind the range.
CompactMoveCursor(c) ==
    /\ compactor[c].at = "moving"
    /\ cursor' = Max(cursor, compactor[c].last + 1)
    /\ rounds' = rounds \cup {[first |-> compactor[c].first, last |-> compactor[c].last]}
    /\ compactor' = [compactor EXCEPT ![c] = IdleCompactor]
    /\ UNCHANGED <<counter, index, fenced, writer, reader, crashes, twice, fencedAt>>

CompactorCrash(c) ==
    /\ compactor[c].at # "idle"
    /\ Crash
    /\ compactor' = [compactor EXCEPT ![c] = IdleCompactor]
    /\ UNCHANGED <<service, writer, reader, history>>

\* A compactor that finds an unfinished segment goes on with the second update.
CompactResume(c) ==
    /\ CompactorsResume
    /\ compactor[c].at = "idle"
    /\ \E end \in Unfinished :
        compactor' = [compactor EXCEPT ![c] = [at |-> "deleting", first |-> FirstOf(end), last |-> end, holds |-> {}]]
    /\ UNCHANGED <<service, writer, reader, crashes, history>>

-----------------------------------------------------------------------------
(* Fence, unfence, read *)

Fence ==
    /\ ~fenced
    /\ fenced' = TRUE
    /\ fencedAt' = counter
    /\ UNCHANGED <<counter, index, cursor, writer, compactor, reader, crashes, twice, rounds>>

Unfence ==
    /\ fenced
    /\ fenced' = FALSE
    /\ fencedAt' = 0
    /\ UNCHANGED <<counter, index, cursor, writer, compactor, reader, crashes, twice, rounds>>

\* A reader wants something that was appended.
Ask(r) ==
    /\ reader[r] = "read"
    /\ counter > 1
    /\ reader' = [reader EXCEPT ![r] = "asking"]
    /\ UNCHANGED <<service, writer, compactor, crashes, history>>

\* It looks an offset up and reads the object. Whichever it wants, it must be found if it was assigned. (Which one it
\* is need not be known before: that saves states, and what was assigned stays assigned.)
LookUp(r, offset) ==
    /\ reader[r] = "asking"
    /\ offset < counter
    /\ reader' = [reader EXCEPT ![r] = IF Found(offset) THEN "read" ELSE "error"]
    /\ UNCHANGED <<service, writer, compactor, crashes, history>>

-----------------------------------------------------------------------------

Next ==
    \/ \E w \in Writers :
        \/ StartAppend(w) \/ WalWritten(w) \/ WalFailed(w) \/ Assign(w) \/ AssignRefused(w)
        \/ Complete(w) \/ WriterCrash(w)
    \/ \E c \in Compactors :
        \/ \E last \in Offsets : CompactRead(c, last)
        \/ CompactWriteObject(c) \/ CompactPutEntry(c) \/ CompactDeleteOld(c) \/ CompactMoveCursor(c)
        \/ CompactorCrash(c) \/ CompactResume(c)
    \/ Fence \/ Unfence
    \/ \E r \in Readers : Ask(r) \/ \E offset \in Offsets : LookUp(r, offset)

\* For safety nothing needs to happen.
Spec == Init /\ [][Next]_vars

(* Weak fairness of what a process that runs does next. One of Assign and AssignRefused can always happen to a  *)
(* writer that assigns, however often the log is fenced and unfenced: so weak fairness of both together is      *)
(* enough, where the authors ask for strong fairness of each. None for starting an append or a compaction, for  *)
(* crashes, for fence and unfence, for asking.                                                                  *)
Fairness ==
    /\ \A w \in Writers : /\ WF_vars(WalWritten(w) \/ WalFailed(w))
                          /\ WF_vars(Assign(w) \/ AssignRefused(w))
                          /\ WF_vars(Complete(w))
    /\ \A c \in Compactors : WF_vars(\/ CompactWriteObject(c) \/ CompactPutEntry(c) \/ CompactDeleteOld(c)
                                     \/ CompactMoveCursor(c) \/ CompactResume(c))
    /\ \A r \in Readers : WF_vars(\E offset \in Offsets : LookUp(r, offset))

FairSpec == Spec /\ Fairness

-----------------------------------------------------------------------------
(* Safety *)

TypeOK ==
    /\ counter \in 1..(MaxOffset + 1)
    /\ DOMAIN index \subseteq Offsets
    /\ \A end \in DOMAIN index :
        index[end] \in [kind : {"wal", "segment"}, count : 1..MaxOffset, holds : SUBSET Offsets]
    /\ fenced \in BOOLEAN
    /\ cursor \in 1..(MaxOffset + 1)
    /\ writer \in [Writers -> [at : {"idle", "writing", "assigning", "done", "failed"}, size : 0..MaxBatch]]
    /\ crashes \in 0..MaxCrashes

\* No offset is given to two appends.
NoOffsetDuplicates == twice = {}

\* The counter never goes back, and every entry lies below it.
MonotonicOffsets == [][counter' >= counter /\ \A end \in DOMAIN index' : end < counter']_vars

\* While the log is fenced no offset is assigned.
FencedRejectsAppends == fenced => counter = fencedAt

\* Every offset that was assigned is found at any time, also in the middle of a compaction.
CompactionPreservesData == \A offset \in 1..(counter - 1) : Found(offset)

\* What the index says exists was assigned, and no entry of before a compaction is left when it is finished.
NoPhantomEntries ==
    \A end \in DOMAIN index :
        /\ end < counter
        /\ index[end].kind = "wal" => end >= cursor

\* The cursor is never beyond the counter, and all below it is in segments.
CursorConsistency ==
    /\ cursor <= counter
    /\ \A offset \in 1..(cursor - 1) : CeilingGet(offset) # 0 /\ index[CeilingGet(offset)].kind = "segment"

\* Two entries cover the same offset only if one is the segment that is replacing the other.
NoOverlappingRanges ==
    \A one, other \in DOMAIN index :
        (one < other /\ Range(one) \cap Range(other) # {}) =>
            /\ index[one].kind = "wal" /\ index[other].kind = "segment"
            /\ Range(one) \subseteq Range(other)
            /\ other \in Unfinished

\* No reader is told that something is missing.
NoReaderError == \A r \in Readers : reader[r] # "error"

\* What one compaction made is as it was whatever later ones do.
SequentialCompactionSafety ==
    \A round \in rounds :
        /\ round.last \in DOMAIN index
        /\ index[round.last].kind = "segment"
        /\ Range(round.last) = round.first..round.last
        /\ index[round.last].holds = round.first..round.last

-----------------------------------------------------------------------------
(* Liveness *)

\* An append that has begun ends, in success or failure.
AppendProgress ==
    \A w \in Writers : (writer[w].at = "writing") ~> (writer[w].at \in {"done", "failed"})

\* A compaction of which anything is to be seen is finished, by whomever.
CompactionCompletes ==
    \A end \in Offsets : (end \in DOMAIN index /\ index[end].kind = "segment") ~> (cursor > end)

\* Whoever asks for an offset that was assigned gets its record.
ReaderEventuallySucceeds ==
    \A r \in Readers : (reader[r] = "asking") ~> (reader[r] = "read")
=============================================================================
