-------------------------------- MODULE Zab --------------------------------
(***************************************************************************)
(* Zab, the broadcast protocol of Junqueira, Reed and Serafini (DSN 2011), *)
(* written from the paper.  Raftless does not run Zab.  Its writer epochs  *)
(* are Zab's epochs, decided by one conditional write; docs/zab.md says    *)
(* how, and what of this module LeaderlessLog.tla checks on our own log.   *)
(*                                                                         *)
(* The five parts, each with the actions that make it up:                  *)
(*   election         Elect, Follow: an oracle names a leader              *)
(*   discovery        CEPOCH, NEWEPOCH, ACK-E                              *)
(*   synchronization  NEWLEADER, ACK-LD, COMMIT-LD                         *)
(*   broadcast        Broadcast, Propose; PROPOSE, ACK, COMMIT; a follower *)
(*                    may join an established leader                       *)
(*   failures         TimeOut, StepDown, CrashAndRestart                   *)
(*                                                                         *)
(* A server persists acceptedEpoch (f.p in the paper), currentEpoch (f.a)  *)
(* and its history; all else is lost in a crash.  A follower has one       *)
(* connection, to its leader: two FIFO queues, both empty once it is cut.  *)
(*                                                                         *)
(* Decisions of ours, where the paper leaves room or a model gets smaller: *)
(*  - The oracle may name any server at any time, several at once too: a   *)
(*    leader that lost its quorum goes on until it notices.  It names one  *)
(*    to a smallest quorum at once; others follow later, one by one.       *)
(*  - A leader is a follower of its own: it does its own part of a step    *)
(*    together with the step, without messages to itself.                  *)
(*  - A follower whose connection is cut is back in election at once.  It  *)
(*    could do nothing else, so nothing is lost by not letting it wait.  A *)
(*    message that is read after the cut is one that could have been read  *)
(*    before it: the properties speak of the order within a process only.  *)
(*  - The leader takes a transaction into its history in one step and      *)
(*    sends it in another.  It says to have it committed only after it     *)
(*    sent it, though the acknowledgement of a NEWLEADER may cover it.     *)
(*  - What a follower acknowledged over a connection that was cut does not *)
(*    count any more.                                                      *)
(*  - A leader that has proposed an epoch, which no quorum has promised    *)
(*    yet, turns away a follower that promised the same number: that was   *)
(*    to somebody else.  Later the number is known to be its own.          *)
(*                                                                         *)
(* Not modelled: the content of transactions (each is named by its zxid    *)
(* and its primary), snapshots, the ready() call (it is the step that      *)
(* begins the phase of broadcast), more than one connection per follower,  *)
(* and liveness: after the last time-out that the bounds allow, nobody     *)
(* promises that the oracle names a leader that works.                     *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    Servers,          \* the ensemble; a symmetry set
    None,             \* no server
    MaxTransactions,  \* how many transactions are broadcast, by all primaries together
    MaxTimeouts,      \* how many connections are cut without a crash
    MaxRestarts,      \* how many crashes there are
    MaxEpoch,         \* no leader proposes an epoch beyond this one

    \* Three places where the paper can be read in two ways.
    ProposeFrom,      \* a follower is sent proposals since its "ACK-E" (right) or its "ACK-LD"
    RepeatedProposal, \* one that came with NEWLEADER already is "skipped" (right), "refused",
                      \* or "accepted" once more
    CommitLdCarries,  \* the zxid of COMMIT-LD: what is "committed" (right) or "acknowledged"

    \* A mistake that somebody could make, to see that each property can fail; "none" is right.
    \* "sameEpoch": the epoch proposed is the largest one promised, not one above it.
    \* "equalPromise": a leader counts who promised its number, though to somebody else.
    \* "ownHistory": the leader begins with its own history, not with the best of the quorum.
    \* "unorderedEpoch": the epoch proposed is one that nobody had, but not above those promised.
    \* "noQuorum": a transaction is committed as soon as it was proposed.
    \* "commitBeforePropose": a transaction that a NEWLEADER brought to a quorum is committed at once.
    \* "noDelivery": a leader broadcasts before it has delivered the initial history.
    \* "lenient": a follower accepts and delivers what it is told to, whatever is missing before it.
    Mistake

ASSUME /\ Servers # {} /\ None \notin Servers
       /\ {MaxTransactions, MaxTimeouts, MaxRestarts, MaxEpoch} \subseteq Nat
       /\ ProposeFrom \in {"ACK-E", "ACK-LD"}
       /\ RepeatedProposal \in {"skipped", "refused", "accepted"}
       /\ CommitLdCarries \in {"committed", "acknowledged"}
       /\ Mistake \in {"none", "sameEpoch", "unorderedEpoch", "equalPromise", "ownHistory", "noQuorum",
                      "commitBeforePropose", "noDelivery", "lenient"}

VARIABLES
    \* persistent
    acceptedEpoch,  \* the last epoch this server promised to follow
    currentEpoch,   \* the last epoch whose initial history it took over
    history,        \* its transactions, in the order in which it accepted them
    \* lost in a crash
    role,           \* "electing", "following" or "leading"
    phase,          \* "discovery", "synchronization" or "broadcast"; "election" if electing
    leaderOf,       \* whom it follows, or None
    lead,           \* what a leader knows of its own leadership
    delivered,      \* the transactions that this life of the server delivered, in order
    \* the connection of each follower, and what its leader knows over it
    toLeader, toFollower,
    heard,          \* the last of "nothing", "CEPOCH", "ACK-E", "ACK-LD" that the leader received
    acknowledged,   \* how much of the leader's history the follower acknowledged
    \* kept for the properties
    past,           \* what the lives that ended with a crash had delivered
    broadcasts,     \* each transaction that was broadcast, and what its primary had delivered then
    owners,         \* <<epoch, leader>> for each epoch that a quorum promised
    exceptions,     \* what a server met that cannot happen
    timeouts, restarts

persistent == <<acceptedEpoch, currentEpoch, history>>
volatile   == <<role, phase, leaderOf, lead, delivered>>
connection == <<toLeader, toFollower, heard, acknowledged>>
kept       == <<past, broadcasts, owners, exceptions>>
bounds     == <<timeouts, restarts>>
vars       == <<persistent, volatile, connection, kept, bounds>>

Symmetry == Permutations(Servers)

----------------------------------------------------------------------------
(* Words *)

Max(a, b) == IF a > b THEN a ELSE b
Range(s) == {s[k] : k \in 1..Len(s)}
IsPrefix(s, t) == Len(s) <= Len(t) /\ s = SubSeq(t, 1, Len(s))

IsQuorum(S) == 2 * Cardinality(S) > Cardinality(Servers)

\* The name of a transaction, ordered by epoch first.  No transaction is <<0, 0>>.
Zxid(t) == <<t.epoch, t.counter>>
LastZxid(h) == IF h = <<>> THEN <<0, 0>> ELSE Zxid(h[Len(h)])
AtMost(y, z) == y[1] < z[1] \/ (y[1] = z[1] /\ y[2] <= z[2])

\* Where the transaction is in a history; 0 if it is not there, and for <<0, 0>>.
Place(h, z) ==
    IF \E k \in 1..Len(h) : Zxid(h[k]) = z THEN CHOOSE k \in 1..Len(h) : Zxid(h[k]) = z ELSE 0
Has(h, z) == z = <<0, 0>> \/ Place(h, z) > 0

\* The counter of the next transaction of this epoch behind this history.
NextCounter(h, e) == IF h # <<>> /\ h[Len(h)].epoch = e THEN h[Len(h)].counter + 1 ELSE 1

Followers(l) == {f \in Servers : leaderOf[f] = l}
Order == ("nothing" :> 0) @@ ("CEPOCH" :> 1) @@ ("ACK-E" :> 2) @@ ("ACK-LD" :> 3)
\* The followers of l that have come at least so far.
HeardFrom(l, heardNow, what) == {f \in Followers(l) : Order[heardNow[f]] >= Order[what]}

\* epoch: the one proposed, 0 before.  promised: the largest promise heard of.  best: the history
\* to begin with, and its epoch.  proposed: how much of the own history was sent to the followers.
NoLead == [epoch |-> 0, promised |-> 0, best |-> [epoch |-> 0, history |-> <<>>], proposed |-> 0]

Better(x, y) == \* the later of two histories, as step l.1.2 of the paper compares them
    IF x.epoch < y.epoch \/ (x.epoch = y.epoch /\ AtMost(LastZxid(x.history), LastZxid(y.history)))
    THEN y ELSE x

Send(S, message) == toFollower' =
    [f \in Servers |-> IF f \in S THEN Append(toFollower[f], message) ELSE toFollower[f]]

IsNext(queue, kind) == queue # <<>> /\ Head(queue).kind = kind

\* The follower takes the first message, and answers.
TakeAndAnswer(f, answers) ==
    /\ toFollower' = [toFollower EXCEPT ![f] = Tail(@)]
    /\ toLeader' = [toLeader EXCEPT ![f] = @ \o answers]

Exception(what) == exceptions' = exceptions \union {what}

----------------------------------------------------------------------------
(* Start *)

Init ==
    /\ acceptedEpoch = [s \in Servers |-> 0]
    /\ currentEpoch = [s \in Servers |-> 0]
    /\ history = [s \in Servers |-> <<>>]
    /\ role = [s \in Servers |-> "electing"]
    /\ phase = [s \in Servers |-> "election"]
    /\ leaderOf = [s \in Servers |-> None]
    /\ lead = [s \in Servers |-> NoLead]
    /\ delivered = [s \in Servers |-> <<>>]
    /\ toLeader = [s \in Servers |-> <<>>]
    /\ toFollower = [s \in Servers |-> <<>>]
    /\ heard = [s \in Servers |-> "nothing"]
    /\ acknowledged = [s \in Servers |-> 0]
    /\ past = {}
    /\ broadcasts = {}
    /\ owners = {}
    /\ exceptions = {}
    /\ timeouts = 0
    /\ restarts = 0

----------------------------------------------------------------------------
(* Election: an oracle *)

CEpoch(f) == [kind |-> "CEPOCH", epoch |-> acceptedEpoch[f]]

\* The oracle names l to a quorum of electing servers; the others connect and tell their promise (f.1.1).
Elect(l, Q) ==
    /\ \A s \in Q : role[s] = "electing"
    /\ role' = [s \in Servers |-> IF s = l THEN "leading" ELSE IF s \in Q THEN "following" ELSE role[s]]
    /\ phase' = [s \in Servers |-> IF s \in Q THEN "discovery" ELSE phase[s]]
    /\ leaderOf' = [s \in Servers |-> IF s \in Q \ {l} THEN l ELSE leaderOf[s]]
    /\ lead' = [lead EXCEPT ![l] =
          [epoch |-> 0, promised |-> acceptedEpoch[l],
           best |-> [epoch |-> currentEpoch[l], history |-> history[l]], proposed |-> 0]]
    /\ toLeader' = [s \in Servers |-> IF s \in Q \ {l} THEN <<CEpoch(s)>> ELSE toLeader[s]]
    /\ UNCHANGED <<persistent, delivered, toFollower, heard, acknowledged, kept, bounds>>

\* The oracle names a leader, in whatever phase, to one more server.
Follow(f, l) ==
    /\ role[f] = "electing"
    /\ role[l] = "leading"
    /\ role' = [role EXCEPT ![f] = "following"]
    /\ phase' = [phase EXCEPT ![f] = "discovery"]
    /\ leaderOf' = [leaderOf EXCEPT ![f] = l]
    /\ toLeader' = [toLeader EXCEPT ![f] = <<CEpoch(f)>>]
    /\ UNCHANGED <<persistent, lead, delivered, toFollower, heard, acknowledged, kept, bounds>>

----------------------------------------------------------------------------
(* Failures *)

\* The connections of these followers are cut, with all that is in them; they go back to election,
\* and so do the servers in alsoElecting.
CutAnd(S, alsoElecting) ==
    /\ role' = [s \in Servers |-> IF s \in S \union alsoElecting THEN "electing" ELSE role[s]]
    /\ phase' = [s \in Servers |-> IF s \in S \union alsoElecting THEN "election" ELSE phase[s]]
    /\ lead' = [s \in Servers |-> IF s \in alsoElecting THEN NoLead ELSE lead[s]]
    /\ leaderOf' = [s \in Servers |-> IF s \in S THEN None ELSE leaderOf[s]]
    /\ toLeader' = [s \in Servers |-> IF s \in S THEN <<>> ELSE toLeader[s]]
    /\ toFollower' = [s \in Servers |-> IF s \in S THEN <<>> ELSE toFollower[s]]
    /\ heard' = [s \in Servers |-> IF s \in S THEN "nothing" ELSE heard[s]]
    /\ acknowledged' = [s \in Servers |-> IF s \in S THEN 0 ELSE acknowledged[s]]

\* A follower and its leader do not hear of each other for too long.
TimeOut(f) ==
    /\ role[f] = "following"
    /\ timeouts < MaxTimeouts
    /\ timeouts' = timeouts + 1
    /\ CutAnd({f}, {})
    /\ UNCHANGED <<persistent, delivered, kept, restarts>>

\* A leader notices that it has no quorum any more.  Until then it may go on, and even get one again.
StepDown(l) ==
    /\ role[l] = "leading"
    /\ ~IsQuorum({l} \union Followers(l))
    /\ CutAnd(Followers(l), {l})
    /\ UNCHANGED <<persistent, delivered, kept, bounds>>

\* A crash, and the start of the next life.  What is down does what an electing server does: nothing.
CrashAndRestart(s) ==
    /\ restarts < MaxRestarts
    /\ restarts' = restarts + 1
    /\ IF role[s] = "following" THEN CutAnd({s}, {}) ELSE CutAnd(Followers(s), {s})
    /\ delivered' = [delivered EXCEPT ![s] = <<>>]
    /\ past' = past \union {delivered[s]}
    /\ UNCHANGED <<persistent, broadcasts, owners, exceptions, timeouts>>

----------------------------------------------------------------------------
(* Discovery *)

\* l.1.1, and l.3.3 for who joins later: the leader hears a promise.  With those of a quorum it
\* proposes an epoch above all of them, and promises it itself.
LeaderTakesCEpoch(f) ==
    LET l == leaderOf[f]
        m == Head(toLeader[f])
        heardNow == [heard EXCEPT ![f] = "CEPOCH"]
        promised == Max(lead[l].promised, m.epoch)
        newEpoch == CASE Mistake = "sameEpoch" -> Max(1, promised)
                      [] Mistake = "unorderedEpoch" -> MaxEpoch - Cardinality(owners)
                      [] OTHER -> promised + 1
        told == HeardFrom(l, heardNow, "CEPOCH")
    IN
    /\ IsNext(toLeader[f], "CEPOCH")
    /\ CASE lead[l].epoch = 0 /\ ~IsQuorum({l} \union told) ->
              /\ lead' = [lead EXCEPT ![l].promised = promised]
              /\ heard' = heardNow
              /\ toLeader' = [toLeader EXCEPT ![f] = Tail(@)]
              /\ UNCHANGED <<acceptedEpoch, role, phase, leaderOf, toFollower, acknowledged>>
         [] lead[l].epoch = 0 /\ IsQuorum({l} \union told) ->
              /\ newEpoch <= MaxEpoch
              /\ lead' = [lead EXCEPT ![l].promised = promised, ![l].epoch = newEpoch]
              /\ acceptedEpoch' = [acceptedEpoch EXCEPT ![l] = newEpoch]
              /\ heard' = heardNow
              /\ toLeader' = [toLeader EXCEPT ![f] = Tail(@)]
              /\ Send(told, [kind |-> "NEWEPOCH", epoch |-> newEpoch])
              /\ UNCHANGED <<role, phase, leaderOf, acknowledged>>
         [] lead[l].epoch > 0
              /\ \/ m.epoch < lead[l].epoch
                 \/ m.epoch = lead[l].epoch /\ (phase[l] # "discovery" \/ Mistake = "equalPromise") ->
              /\ heard' = heardNow
              /\ toLeader' = [toLeader EXCEPT ![f] = Tail(@)]
              /\ Send({f}, [kind |-> "NEWEPOCH", epoch |-> lead[l].epoch])
              /\ UNCHANGED <<acceptedEpoch, role, phase, leaderOf, lead, acknowledged>>
         [] OTHER -> \* it promised this number or a later one to somebody else: turned away
              /\ CutAnd({f}, {})
              /\ UNCHANGED acceptedEpoch
    /\ UNCHANGED <<currentEpoch, history, delivered, kept, bounds>>

\* f.1.2: the follower promises the epoch, and tells its history and of which epoch it is.
FollowerTakesNewEpoch(f) ==
    LET m == Head(toFollower[f]) IN
    /\ IsNext(toFollower[f], "NEWEPOCH")
    /\ IF phase[f] = "discovery" /\ (m.epoch >= acceptedEpoch[f] \/ Mistake = "unorderedEpoch")
       THEN /\ acceptedEpoch' = [acceptedEpoch EXCEPT ![f] = m.epoch]
            /\ phase' = [phase EXCEPT ![f] = "synchronization"]
            /\ TakeAndAnswer(f, <<[kind |-> "ACK-E", epoch |-> currentEpoch[f], history |-> history[f]]>>)
            /\ UNCHANGED exceptions
       ELSE /\ Exception("NEWEPOCH of an epoch below the promise")
            /\ TakeAndAnswer(f, <<>>)
            /\ UNCHANGED <<acceptedEpoch, phase>>
    /\ UNCHANGED <<currentEpoch, history, role, leaderOf, lead, delivered, heard, acknowledged,
                   past, broadcasts, owners, bounds>>

\* l.1.2 and l.2.1: with the promises of a quorum the epoch is the leader's.  It takes over the best
\* history, and proposes it.  Who comes later is sent the history as it is then (l.3.3).
LeaderTakesAckE(f) ==
    LET l == leaderOf[f]
        m == Head(toLeader[f])
        heardNow == [heard EXCEPT ![f] = "ACK-E"]
        best == IF Mistake = "ownHistory" THEN lead[l].best
                ELSE Better(lead[l].best, [epoch |-> m.epoch, history |-> m.history])
        promisedBy == HeardFrom(l, heardNow, "ACK-E")
        NewLeader(h) == [kind |-> "NEWLEADER", epoch |-> lead[l].epoch, history |-> h]
    IN
    /\ IsNext(toLeader[f], "ACK-E")
    /\ heard' = heardNow
    /\ toLeader' = [toLeader EXCEPT ![f] = Tail(@)]
    /\ IF heard[f] = "CEPOCH" THEN UNCHANGED exceptions ELSE Exception("ACK-E without CEPOCH")
    /\ CASE phase[l] = "discovery" /\ ~IsQuorum({l} \union promisedBy) ->
              /\ lead' = [lead EXCEPT ![l].best = best]
              /\ UNCHANGED <<currentEpoch, history, phase, owners, toFollower>>
         [] phase[l] = "discovery" /\ IsQuorum({l} \union promisedBy) ->
              /\ lead' = [lead EXCEPT ![l].best = NoLead.best, ![l].proposed = Len(best.history)]
              /\ currentEpoch' = [currentEpoch EXCEPT ![l] = lead[l].epoch]
              /\ history' = [history EXCEPT ![l] = best.history]
              /\ phase' = [phase EXCEPT ![l] = "synchronization"]
              /\ owners' = owners \union {<<lead[l].epoch, l>>}
              /\ Send(promisedBy, NewLeader(best.history))
         [] OTHER ->
              /\ Send({f}, NewLeader(history[l]))
              /\ UNCHANGED <<currentEpoch, history, phase, owners, lead>>
    /\ UNCHANGED <<acceptedEpoch, role, leaderOf, delivered, acknowledged, past, broadcasts, bounds>>

----------------------------------------------------------------------------
(* Synchronization *)

\* f.2.1: the follower takes over the history of the new epoch, as a whole.
FollowerTakesNewLeader(f) ==
    LET m == Head(toFollower[f]) IN
    /\ IsNext(toFollower[f], "NEWLEADER")
    /\ IF phase[f] = "synchronization" /\ m.epoch = acceptedEpoch[f]
       THEN /\ currentEpoch' = [currentEpoch EXCEPT ![f] = m.epoch]
            /\ history' = [history EXCEPT ![f] = m.history]
            /\ TakeAndAnswer(f, <<[kind |-> "ACK-LD", zxid |-> LastZxid(m.history)]>>)
            /\ IF IsPrefix(delivered[f], m.history) THEN UNCHANGED exceptions
               ELSE Exception("NEWLEADER takes back what was delivered")
       ELSE /\ Exception("NEWLEADER of an epoch that is not the promise")
            /\ TakeAndAnswer(f, <<>>)
            /\ UNCHANGED <<currentEpoch, history>>
    /\ UNCHANGED <<acceptedEpoch, volatile, heard, acknowledged, past, broadcasts, owners, bounds>>

\* How far the leader's history is committed: a quorum has it, and it was proposed.
CommittedTo(l, heardNow, acknowledgedNow, proposedNow) ==
    LET HasIt(k) == {l} \union {f \in HeardFrom(l, heardNow, "ACK-LD") : acknowledgedNow[f] >= k}
        end == IF Mistake = "commitBeforePropose" THEN Len(history[l]) ELSE proposedNow
        ks == {k \in Len(delivered[l])..end :
                 k = Len(delivered[l]) \/ IsQuorum(HasIt(k)) \/ Mistake = "noQuorum"}
    IN  CHOOSE k \in ks : \A j \in ks : j <= k

\* The leader delivers so far, and what follows goes to its followers.
CommitsFrom(l, from, to) ==
    [k \in 1..(to - from) |-> [kind |-> "COMMIT", zxid |-> Zxid(history[l][from + k])]]

\* l.2.2 and l.3.4: the acknowledgement of a history.  With those of a quorum the leader is
\* established: it delivers the initial history, and begins to broadcast.
LeaderTakesAckLd(f) ==
    LET l == leaderOf[f]
        m == Head(toLeader[f])
        heardNow == [heard EXCEPT ![f] = "ACK-LD"]
        acknowledgedNow == [acknowledged EXCEPT ![f] = Place(history[l], m.zxid)]
        synchronized == HeardFrom(l, heardNow, "ACK-LD")
        old == Len(delivered[l])
        new == CommittedTo(l, heardNow, acknowledgedNow, lead[l].proposed)
        CommitLd(z) == [kind |-> "COMMIT-LD",
                        zxid |-> IF CommitLdCarries = "committed" THEN z ELSE m.zxid]
    IN
    /\ IsNext(toLeader[f], "ACK-LD")
    /\ heard' = heardNow
    /\ acknowledged' = acknowledgedNow
    /\ toLeader' = [toLeader EXCEPT ![f] = Tail(@)]
    /\ IF Has(history[l], m.zxid) THEN UNCHANGED exceptions ELSE Exception("ACK-LD of what is not there")
    /\ CASE phase[l] = "synchronization" /\ ~IsQuorum({l} \union synchronized) ->
              UNCHANGED <<phase, delivered, toFollower>>
         [] phase[l] = "synchronization" /\ IsQuorum({l} \union synchronized) ->
              /\ phase' = [phase EXCEPT ![l] = "broadcast"]
              /\ delivered' = IF Mistake = "noDelivery" THEN delivered
                              ELSE [delivered EXCEPT ![l] = @ \o SubSeq(history[l], old + 1, Len(history[l]))]
              /\ Send(synchronized, CommitLd(LastZxid(history[l])))
         [] OTHER -> \* a follower joins; its acknowledgement may complete a quorum
              /\ delivered' = [delivered EXCEPT ![l] = @ \o SubSeq(history[l], old + 1, new)]
              /\ toFollower' = [g \in Servers |->
                    IF g = f THEN Append(toFollower[g], CommitLd(LastZxid(SubSeq(history[l], 1, new))))
                    ELSE IF g \in synchronized THEN toFollower[g] \o CommitsFrom(l, old, new)
                    ELSE toFollower[g]]
              /\ UNCHANGED phase
    /\ UNCHANGED <<persistent, role, leaderOf, lead, past, broadcasts, owners, bounds>>

\* f.2.2: the follower delivers the history up to where it is committed.
FollowerTakesCommitLd(f) ==
    LET m == Head(toFollower[f])
        place == Place(history[f], m.zxid)
    IN
    /\ IsNext(toFollower[f], "COMMIT-LD")
    /\ IF phase[f] = "synchronization" /\ (Has(history[f], m.zxid) \/ Mistake = "lenient")
       THEN /\ phase' = [phase EXCEPT ![f] = "broadcast"]
            /\ delivered' = [delivered EXCEPT ![f] = @ \o SubSeq(history[f], Len(@) + 1, place)]
            /\ UNCHANGED exceptions
       ELSE /\ Exception("COMMIT-LD of what is not there")
            /\ UNCHANGED <<phase, delivered>>
    /\ TakeAndAnswer(f, <<>>)
    /\ UNCHANGED <<persistent, role, leaderOf, lead, heard, acknowledged, past, broadcasts, owners, bounds>>

----------------------------------------------------------------------------
(* Broadcast *)

\* The application of an established leader broadcasts a transaction; the leader accepts it.
Broadcast(l) ==
    LET e == lead[l].epoch
        t == [epoch |-> e, counter |-> NextCounter(history[l], e), primary |-> l]
    IN
    /\ role[l] = "leading"
    /\ phase[l] = "broadcast"
    /\ Cardinality(broadcasts) < MaxTransactions
    /\ history' = [history EXCEPT ![l] = Append(@, t)]
    /\ broadcasts' = broadcasts \union {[transaction |-> t, after |-> delivered[l]]}
    /\ UNCHANGED <<acceptedEpoch, currentEpoch, volatile, connection, past, owners, exceptions, bounds>>

\* l.3.1: the leader sends the next transaction to its followers.  (It may be committed at once, if a
\* follower acknowledged it with its NEWLEADER.)
Propose(l) ==
    LET next == lead[l].proposed + 1
        t == history[l][next]
        old == Len(delivered[l])
        new == CommittedTo(l, heard, acknowledged, next)
    IN
    /\ role[l] = "leading"
    /\ phase[l] = "broadcast"
    /\ next <= Len(history[l])
    /\ lead' = [lead EXCEPT ![l].proposed = next]
    /\ delivered' = [delivered EXCEPT ![l] = @ \o SubSeq(history[l], old + 1, new)]
    /\ toFollower' = [f \in Servers |->
          toFollower[f]
          \o (IF f \in HeardFrom(l, heard, ProposeFrom)
              THEN <<[kind |-> "PROPOSE", transaction |-> t]>> ELSE <<>>)
          \o (IF f \in HeardFrom(l, heard, "ACK-LD") THEN CommitsFrom(l, old, new) ELSE <<>>)]
    /\ UNCHANGED <<persistent, role, phase, leaderOf, toLeader, heard, acknowledged, kept, bounds>>

\* f.3.2: the follower accepts the next transaction of its leader.
FollowerTakesPropose(f) ==
    LET t == Head(toFollower[f]).transaction
        there == t \in Range(history[f])
    IN
    /\ IsNext(toFollower[f], "PROPOSE")
    /\ IF t.epoch # currentEpoch[f] \/ phase[f] = "discovery"
       THEN /\ Exception("PROPOSE of another epoch")
            /\ TakeAndAnswer(f, <<>>)
            /\ UNCHANGED history
       ELSE CASE \/ ~there /\ (t.counter = NextCounter(history[f], t.epoch) \/ Mistake = "lenient")
                 \/ there /\ RepeatedProposal = "accepted" ->
                   /\ history' = [history EXCEPT ![f] = Append(@, t)]
                   /\ TakeAndAnswer(f, <<[kind |-> "ACK", zxid |-> Zxid(t)]>>)
                   /\ UNCHANGED exceptions
              [] there /\ RepeatedProposal = "skipped" ->
                   /\ TakeAndAnswer(f, <<>>)
                   /\ UNCHANGED <<history, exceptions>>
              [] OTHER ->
                   /\ Exception(IF there THEN "PROPOSE of what is there" ELSE "PROPOSE leaves a gap")
                   /\ TakeAndAnswer(f, <<>>)
                   /\ UNCHANGED history
    /\ UNCHANGED <<acceptedEpoch, currentEpoch, volatile, heard, acknowledged, past, broadcasts, owners, bounds>>

\* l.3.2: an acknowledgement; what a quorum has is delivered, in order, and its commit is told.
LeaderTakesAck(f) ==
    LET l == leaderOf[f]
        m == Head(toLeader[f])
        acknowledgedNow == [acknowledged EXCEPT ![f] = Place(history[l], m.zxid)]
        old == Len(delivered[l])
        new == CommittedTo(l, heard, acknowledgedNow, lead[l].proposed)
    IN
    /\ IsNext(toLeader[f], "ACK")
    /\ IF phase[l] = "broadcast" /\ heard[f] = "ACK-LD" /\ Place(history[l], m.zxid) > acknowledged[f]
       THEN UNCHANGED exceptions ELSE Exception("ACK of what was not proposed")
    /\ acknowledged' = acknowledgedNow
    /\ delivered' = [delivered EXCEPT ![l] = @ \o SubSeq(history[l], old + 1, new)]
    /\ toLeader' = [toLeader EXCEPT ![f] = Tail(@)]
    /\ toFollower' = [g \in Servers |->
          IF g \in HeardFrom(l, heard, "ACK-LD") THEN toFollower[g] \o CommitsFrom(l, old, new) ELSE toFollower[g]]
    /\ UNCHANGED <<persistent, role, phase, leaderOf, lead, heard, past, broadcasts, owners, bounds>>

\* f.3.3: the follower delivers a transaction, once it delivered all before it.
FollowerTakesCommit(f) ==
    LET m == Head(toFollower[f])
        place == Place(history[f], m.zxid)
    IN
    /\ IsNext(toFollower[f], "COMMIT")
    /\ IF /\ phase[f] = "broadcast"
          /\ \/ place = Len(delivered[f]) + 1
             \/ Mistake = "lenient" /\ place > 0 /\ history[f][place] \notin Range(delivered[f])
       THEN /\ delivered' = [delivered EXCEPT ![f] = Append(@, history[f][place])]
            /\ UNCHANGED exceptions
       ELSE /\ Exception(CASE place = 0 -> "COMMIT of what is not there"
                           [] place \in 1..Len(delivered[f]) -> "COMMIT of what is delivered"
                           [] OTHER -> "COMMIT leaves a gap")
            /\ UNCHANGED delivered
    /\ TakeAndAnswer(f, <<>>)
    /\ UNCHANGED <<persistent, role, phase, leaderOf, lead, heard, acknowledged, past, broadcasts, owners, bounds>>

----------------------------------------------------------------------------
(* Steps *)

SmallestQuorums == {Q \in SUBSET Servers : Cardinality(Q) = (Cardinality(Servers) \div 2) + 1}

Next ==
    \/ \E Q \in SmallestQuorums : \E l \in Q : Elect(l, Q)
    \/ \E f, l \in Servers : Follow(f, l)
    \/ \E s \in Servers :
          \/ LeaderTakesCEpoch(s) \/ FollowerTakesNewEpoch(s) \/ LeaderTakesAckE(s)
          \/ FollowerTakesNewLeader(s) \/ LeaderTakesAckLd(s) \/ FollowerTakesCommitLd(s)
          \/ Broadcast(s) \/ Propose(s)
          \/ FollowerTakesPropose(s) \/ LeaderTakesAck(s) \/ FollowerTakesCommit(s)
          \/ TimeOut(s) \/ StepDown(s) \/ CrashAndRestart(s)

Spec == Init /\ [][Next]_vars

----------------------------------------------------------------------------
(* What is promised.  A process is one life of a server. *)

Processes == {delivered[s] : s \in Servers} \union past
Broadcasted == {b.transaction : b \in broadcasts}
DeliversBefore(d, a, b) == \E i, j \in 1..Len(d) : i < j /\ d[i] = a /\ d[j] = b

\* No server ever meets a message that the protocol says it cannot get.
ShouldNotBeTriggered == exceptions = {}

\* At any time, an epoch that a quorum promised has one leader at most.
Leadership1 ==
    \A k, l \in Servers :
       /\ role[k] = "leading" /\ role[l] = "leading"
       /\ phase[k] # "discovery" /\ phase[l] # "discovery"
       /\ lead[k].epoch = lead[l].epoch
       => k = l

\* And it has one leader for ever: nobody else gets the same epoch later.
Leadership2 == \A x, y \in owners : x[1] = y[1] => x[2] = y[2]

\* Of any two processes one has delivered a prefix of what the other has, and each a prefix of its history.
PrefixConsistency ==
    /\ \A c, d \in Processes : IsPrefix(c, d) \/ IsPrefix(d, c)
    /\ \A s \in Servers : IsPrefix(delivered[s], history[s])

\* What is delivered was broadcast, and a process delivers it once.
Integrity ==
    \A d \in Processes :
       /\ Range(d) \subseteq Broadcasted
       /\ \A i, j \in 1..Len(d) : d[i] = d[j] => i = j

\* If one process delivers a and another delivers b, one of the two delivers both.
Agreement ==
    \A c, d \in Processes : \A a \in Range(c), b \in Range(d) : a \in Range(d) \/ b \in Range(c)

\* If some process delivers a before b, whoever delivers b delivers a before it.
TotalOrder ==
    \A c, d \in Processes : \A i, j \in 1..Len(c) :
       i < j /\ c[j] \in Range(d) => DeliversBefore(d, c[i], c[j])

\* What one primary broadcasts in an epoch is delivered in its order and without gaps.
LocalPrimaryOrder ==
    \A a, b \in Broadcasted : a.epoch = b.epoch /\ a.primary = b.primary /\ a.counter < b.counter =>
       \A d \in Processes : b \in Range(d) => DeliversBefore(d, a, b)

\* Nobody delivers a transaction of an earlier epoch after one of a later epoch.
GlobalPrimaryOrder ==
    \A d \in Processes : \A i, j \in 1..Len(d) : i < j => d[i].epoch <= d[j].epoch

\* What anybody delivered is in the histories of a quorum, for ever.  (This is why the rest holds.)
DeliveredIsOnAQuorum ==
    \A d \in Processes : \A t \in Range(d) : IsQuorum({s \in Servers : t \in Range(history[s])})

\* A primary has delivered everything of earlier epochs, that is ever delivered, before it broadcasts.
PrimaryIntegrity ==
    \A b \in broadcasts : \A d \in Processes : \A t \in Range(d) :
       t.epoch < b.transaction.epoch => t \in Range(b.after)

----------------------------------------------------------------------------
(* What the bounds reach, stated as something that must be violated. *)

\* Some process delivers transactions of two epochs.
NobodyDeliversTwoEpochs == \A d \in Processes : \A i, j \in 1..Len(d) : d[i].epoch = d[j].epoch
=============================================================================
