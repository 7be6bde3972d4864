------------------------ MODULE LeaderlessLogTraces ------------------------
(* Two small traces, written by hand, as an example of the format (traces.md). The build writes a module
   of this name with traces of the simulator, and checks it in place of this one. *)
EXTENDS Naturals, Sequences

(* An append whose answer is lost: found when the head is read. A reader reads it. *)
LostAnswer == <<
  [event |-> "put", kind |-> "wal", label |-> 10],
  [event |-> "made", proc |-> "p1", stream |-> "s1", label |-> 10, count |-> 2,
   writerId |-> "", epoch |-> 0],
  [event |-> "sent", proc |-> "p1", version |-> 1, group |-> <<10>>, adds |-> <<10>>],
  [event |-> "landed", change |-> "append", proc |-> "p1", late |-> FALSE, adds |-> <<10>>,
   head |-> [version |-> 2, generation |-> 0, status |-> "OPEN", next |-> 2, start |-> 0,
             cursor |-> 0, horizon |-> 1, batches |-> 1, segments |-> 0]],
  [event |-> "answered", proc |-> "p1", outcome |-> "undecided"],
  [event |-> "told", proc |-> "p1", label |-> 10, verdict |-> "acked", offset |-> 0,
   why |-> "decided"],
  [event |-> "opened", reader |-> "r1", offset |-> 0],
  [event |-> "handed", reader |-> "r1", label |-> 10, from |-> 0, to |-> 1],
  [event |-> "handed", reader |-> "r1", label |-> 10, from |-> 1, to |-> 2]>>

(* A holder is superseded while its write is on the way; compaction, trim and vacuum follow. *)
Superseded == <<
  [event |-> "landed", change |-> "acquire", writerId |-> "w", epoch |-> 2,
   head |-> [version |-> 2, generation |-> 0, status |-> "OPEN", next |-> 0, start |-> 0,
             cursor |-> 0, horizon |-> 1, batches |-> 0, segments |-> 0]],
  [event |-> "put", kind |-> "wal", label |-> 10],
  [event |-> "made", proc |-> "p1", stream |-> "s1", label |-> 10, count |-> 1,
   writerId |-> "w", epoch |-> 2],
  [event |-> "sent", proc |-> "p1", version |-> 2, group |-> <<10>>, adds |-> <<10>>],
  [event |-> "landed", change |-> "acquire", writerId |-> "w", epoch |-> 3,
   head |-> [version |-> 3, generation |-> 0, status |-> "OPEN", next |-> 0, start |-> 0,
             cursor |-> 0, horizon |-> 1, batches |-> 0, segments |-> 0]],
  [event |-> "answered", proc |-> "p1", outcome |-> "undecided"],
  [event |-> "told", proc |-> "p1", label |-> 10, verdict |-> "failed", offset |-> 0,
   why |-> "decided"],
  [event |-> "put", kind |-> "wal", label |-> 11],
  [event |-> "made", proc |-> "p2", stream |-> "s2", label |-> 11, count |-> 3,
   writerId |-> "w", epoch |-> 3],
  [event |-> "sent", proc |-> "p2", version |-> 3, group |-> <<11>>, adds |-> <<11>>],
  [event |-> "landed", change |-> "append", proc |-> "p2", late |-> FALSE, adds |-> <<11>>,
   head |-> [version |-> 4, generation |-> 0, status |-> "OPEN", next |-> 3, start |-> 0,
             cursor |-> 0, horizon |-> 1, batches |-> 1, segments |-> 0]],
  [event |-> "answered", proc |-> "p2", outcome |-> "stored"],
  [event |-> "told", proc |-> "p2", label |-> 11, verdict |-> "acked", offset |-> 0,
   why |-> "decided"],
  [event |-> "put", kind |-> "list", label |-> 13],
  [event |-> "put", kind |-> "segment", label |-> 12],
  [event |-> "landed", change |-> "compact", merged |-> 0,
   made |-> <<[label |-> 12, list |-> 13, base |-> 0, end |-> 3, from |-> 0,
               src |-> <<[label |-> 11, count |-> 3, base |-> 0]>>]>>,
   head |-> [version |-> 5, generation |-> 0, status |-> "OPEN", next |-> 3, start |-> 0,
             cursor |-> 3, horizon |-> 1, batches |-> 0, segments |-> 1]],
  [event |-> "raised", vacuum |-> "v1", horizon |-> 12],
  [event |-> "landed", change |-> "horizon",
   head |-> [version |-> 6, generation |-> 0, status |-> "OPEN", next |-> 3, start |-> 0,
             cursor |-> 3, horizon |-> 12, batches |-> 0, segments |-> 1]],
  [event |-> "needs", vacuum |-> "v1", version |-> 6, bound |-> 12],
  [event |-> "deleted", vacuum |-> "v1", kind |-> "wal", label |-> 10],
  [event |-> "deleted", vacuum |-> "v1", kind |-> "wal", label |-> 11],
  [event |-> "swept", vacuum |-> "v1"],
  [event |-> "opened", reader |-> "r1", offset |-> 1],
  [event |-> "handed", reader |-> "r1", label |-> 11, from |-> 1, to |-> 3],
  [event |-> "log", status |-> "FENCED", generation |-> 1],
  [event |-> "landed", change |-> "state",
   head |-> [version |-> 7, generation |-> 1, status |-> "FENCED", next |-> 3, start |-> 0,
             cursor |-> 3, horizon |-> 12, batches |-> 0, segments |-> 1]],
  [event |-> "fenced", generation |-> 1],
  [event |-> "landed", change |-> "trim",
   head |-> [version |-> 8, generation |-> 1, status |-> "FENCED", next |-> 3, start |-> 3,
             cursor |-> 3, horizon |-> 12, batches |-> 0, segments |-> 1]],
  [event |-> "landed", change |-> "forget",
   head |-> [version |-> 9, generation |-> 1, status |-> "FENCED", next |-> 3, start |-> 3,
             cursor |-> 3, horizon |-> 12, batches |-> 0, segments |-> 0]]>>

Traces == <<LostAnswer, Superseded>>
=============================================================================
