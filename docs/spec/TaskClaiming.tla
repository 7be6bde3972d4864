---------------------------- MODULE TaskClaiming ----------------------------
(***************************************************************************)
(* Workers that know nothing of each other claim tasks, do them, and give  *)
(* them back: how compaction, retention and vacuum are given out.          *)
(*                                                                         *)
(* The module tells it twice; OnS3 says which.                             *)
(*                                                                         *)
(* OnS3 = FALSE: the Task Claiming protocol as it is published.  A lock is *)
(* an ephemeral record of a coordination service: the service removes it   *)
(* when the session of its worker has ended.  Its operations are atomic.   *)
(*                                                                         *)
(* OnS3 = TRUE: as it runs here, where nobody tells that a worker is gone. *)
(* A task is one object: who holds it, the token of that claim, how often  *)
(* it failed, and its status; so a report that it is done, or has failed,  *)
(* is the same CAS that sets the lock free.  Whoever finds a free lock, or *)
(* one that did not change while he watched for a session time-out, CASes  *)
(* himself in; the version that this makes is his fencing token.  Clocks   *)
(* are not modelled: a time-out may be over at any time.  A PUT that was   *)
(* sent is in lockPuts or headPuts until it lands or cannot any more; no   *)
(* worker gets an answer to it, but reads, as soon or late as it may be.   *)
(* That covers lost answers, late PUTs, PUTs that never arrive, PUTs of    *)
(* the dead, and answers that are believed long after they were true.      *)
(*                                                                         *)
(* What a task does is a change of the head of a partition.  It is decided *)
(* from the head: is it there already?  If not, a CAS on that head puts it *)
(* there (docs/protocol.md, 4).  Others change the head, too.              *)
(*                                                                         *)
(* Not modelled: what a task consists of; how tasks come into being (each  *)
(* is there once); back-off.  A worker has one task at a time.  On S3, the *)
(* numbers of crashes, wrong suspicions, PUTs that are given up, renewals  *)
(* and foreign changes of the head are bounded, which keeps versions       *)
(* finite.                                                                 *)
(*                                                                         *)
(* Which invariant holds where, and why that is enough: task-claiming.md.  *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Workers,
  Tasks,
  MaxFailures,      \* so many failures, and a task is given up (dead letter)
  OnS3,             \* TRUE: as it runs here; FALSE: as it is published
  SessionsOutlive,  \* published only. TRUE: a session ends only after its worker has
                    \* died. FALSE: it may end while its worker stalls, and works on
  EffectIsGuarded,  \* on S3 only. TRUE: the head is replaced with If-Match.
                    \* FALSE: it is looked at first, and then replaced without condition
  ReportIsGuarded,  \* on S3 only. TRUE: how it went is told with If-Match, in the CAS that
                    \* sets the lock free. FALSE: the lock is looked at first, and then
                    \* it is told without condition
  Crashes,          \* on S3 only: how often workers crash in all,
  Suspicions,       \* how often a living holder is presumed dead,
  GiveUps,          \* how often a worker stops waiting for a PUT that may yet land,
  Renewals,         \* how often a lock is renewed,
  Changes           \* and how often others change a head

None == "none"      \* instead of a worker or a task

VARIABLES
  status,    \* of a task: INIT, COMMITTED or DLQ
  failures,  \* of a task: how often it has failed
  lock,      \* of a task: who holds it; see Free
  alive,     \* of a worker
  phase,     \* of a worker: what it is doing
  at,        \* of a worker: the task that it is doing it with, or None
  claim,     \* of a worker, on S3: the token that it believes to hold
  sawLock,   \* of a worker, on S3: the version of the task's object that its PUT is on
  sawHead,   \* of a worker, on S3: the version of the head that its PUT is on
  lockPuts,  \* on S3: PUTs of tasks' objects that may land
  headPuts,  \* on S3: PUTs of heads that may land
  head,      \* of a task: the head that it changes, and how often it has done so
  left       \* on S3: how many faults of each kind may come

shared == <<status, failures, lock>>
local == <<alive, phase, at, claim, sawLock, sawHead>>
vars == <<shared, local, lockPuts, headPuts, head, left>>

(***************************************************************************)
(* holder: a worker, or None.  isOld: published; the lock is of a session  *)
(* that its worker had before it crashed.  token: on S3; the version that  *)
(* the last claim made.  version: on S3; of the object.                    *)
(***************************************************************************)
Free == [holder |-> None, isOld |-> FALSE, token |-> 0, version |-> 0]

Executing == {"EXECUTING", "EFFECTING"}

Init ==
  /\ status = [t \in Tasks |-> "INIT"]
  /\ failures = [t \in Tasks |-> 0]
  /\ lock = [t \in Tasks |-> Free]
  /\ alive = [w \in Workers |-> TRUE]
  /\ phase = [w \in Workers |-> "IDLE"]
  /\ at = [w \in Workers |-> None]
  /\ claim = [w \in Workers |-> 0]
  /\ sawLock = [w \in Workers |-> 0]
  /\ sawHead = [w \in Workers |-> 0]
  /\ lockPuts = {}
  /\ headPuts = {}
  /\ head = [t \in Tasks |-> [version |-> 0, effects |-> 0]]
  /\ left = [crashes |-> Crashes, suspicions |-> Suspicions, giveUps |-> GiveUps,
             renewals |-> Renewals, changes |-> Changes]

\* A worker goes on to another phase with the task that it has.
Goes(w, next) == phase' = [phase EXCEPT ![w] = next]

\* A worker has nothing to do any more, and remembers nothing.
Rests(w) ==
  /\ Goes(w, "IDLE")
  /\ at' = [at EXCEPT ![w] = None]
  /\ claim' = [claim EXCEPT ![w] = 0]
  /\ sawLock' = [sawLock EXCEPT ![w] = 0]
  /\ sawHead' = [sawHead EXCEPT ![w] = 0]

\* One fault fewer may come.
Spends(kind) == left[kind] > 0 /\ left' = [left EXCEPT ![kind] = @ - 1]

StatusAfterFailure(t) == IF failures[t] + 1 >= MaxFailures THEN "DLQ" ELSE "INIT"

-----------------------------------------------------------------------------
(***************************************************************************)
(* As published.                                                           *)
(***************************************************************************)
onS3Only == <<claim, sawLock, sawHead, lockPuts, headPuts, left>>

\* A worker finds a task to do.
Scan(w, t) ==
  /\ alive[w] /\ phase[w] = "IDLE" /\ status[t] = "INIT"
  /\ Goes(w, "SCANNING")
  /\ at' = [at EXCEPT ![w] = t]
  /\ UNCHANGED <<shared, alive, head, onS3Only>>

\* It creates the ephemeral record, if there is none and the task is still to do.
Lock(w) ==
  /\ alive[w] /\ phase[w] = "SCANNING"
  /\ lock[at[w]] = Free /\ status[at[w]] = "INIT"
  /\ lock' = [lock EXCEPT ![at[w]].holder = w]
  /\ Goes(w, "EXECUTING")
  /\ UNCHANGED <<status, failures, alive, at, head, onS3Only>>

\* Somebody else has it, or it was done meanwhile.
LockFails(w) ==
  /\ alive[w] /\ phase[w] = "SCANNING"
  /\ lock[at[w]] # Free \/ status[at[w]] # "INIT"
  /\ Rests(w)
  /\ UNCHANGED <<shared, alive, head, lockPuts, headPuts, left>>

\* It is done. The effect needs no guard where locks exclude; it is counted.
Execute(w) ==
  /\ alive[w] /\ phase[w] = "EXECUTING"
  /\ status' = [status EXCEPT ![at[w]] = "COMMITTED"]
  /\ head' = [head EXCEPT ![at[w]].effects = @ + 1]
  /\ Goes(w, "UNLOCKING")
  /\ UNCHANGED <<failures, lock, alive, at, onS3Only>>

\* It fails, and perhaps for the last time.
ExecuteFails(w) ==
  /\ alive[w] /\ phase[w] = "EXECUTING"
  /\ failures' = [failures EXCEPT ![at[w]] = @ + 1]
  /\ status' = [status EXCEPT ![at[w]] = StatusAfterFailure(at[w])]
  /\ Goes(w, "UNLOCKING")
  /\ UNCHANGED <<lock, alive, at, head, onS3Only>>

\* It deletes the record, if that is still its own.
Unlock(w) ==
  /\ alive[w] /\ phase[w] = "UNLOCKING"
  /\ lock' = IF lock[at[w]].holder = w /\ ~lock[at[w]].isOld
             THEN [lock EXCEPT ![at[w]] = Free] ELSE lock
  /\ Rests(w)
  /\ UNCHANGED <<status, failures, alive, head, lockPuts, headPuts, left>>

\* It dies, and with it all that it knew. The service does not notice yet.
Crash(w) ==
  /\ alive[w]
  /\ alive' = [alive EXCEPT ![w] = FALSE]
  /\ lock' = [t \in Tasks |->
                IF lock[t].holder = w THEN [lock[t] EXCEPT !.isOld = TRUE] ELSE lock[t]]
  /\ Rests(w)
  /\ UNCHANGED <<status, failures, head, lockPuts, headPuts, left>>

\* It comes back, with a new session; what is left of the old one stays until that ends.
Recover(w) ==
  /\ ~alive[w]
  /\ alive' = [alive EXCEPT ![w] = TRUE]
  /\ UNCHANGED <<shared, phase, at, head, onS3Only>>

\* The service ends a session, and removes its locks.
SessionEnds(w) ==
  /\ \E t \in Tasks : lock[t].holder = w /\ (lock[t].isOld \/ ~SessionsOutlive)
  /\ lock' = [t \in Tasks |->
                IF lock[t].holder = w /\ (lock[t].isOld \/ ~SessionsOutlive)
                THEN Free ELSE lock[t]]
  /\ UNCHANGED <<status, failures, alive, phase, at, head, onS3Only>>

\* Sets that are empty where they are not meant, rather than a case: then TLC names each
\* action in a counterexample.
PublishedWorkers == IF OnS3 THEN {} ELSE Workers

Published ==
  \E w \in PublishedWorkers :
    \/ \E t \in Tasks : Scan(w, t)
    \/ Lock(w) \/ LockFails(w)
    \/ Execute(w) \/ ExecuteFails(w)
    \/ Unlock(w)
    \/ Crash(w) \/ Recover(w) \/ SessionEnds(w)

\* Workers may crash for ever and at the worst of times, so what they must get done at
\* some time is strongly fair. Nothing makes them crash.
PublishedFairness ==
  \A w \in Workers :
    /\ \A t \in Tasks : SF_vars(Scan(w, t))
    /\ SF_vars(Lock(w))
    /\ SF_vars(Execute(w) \/ ExecuteFails(w))
    /\ WF_vars(LockFails(w))
    /\ WF_vars(Unlock(w))
    /\ WF_vars(Recover(w))
    /\ WF_vars(SessionEnds(w))

-----------------------------------------------------------------------------
(***************************************************************************)
(* On S3.                                                                  *)
(***************************************************************************)

\* A worker believes that it holds the claim that the lock names (it may not know yet).
IsHeldByLiving(t) ==
  \E w \in Workers :
    alive[w] /\ at[w] = t /\ lock[t].holder = w /\ lock[t].token = claim[w]

IsMine(w) == lock[at[w]].holder = w /\ lock[at[w]].token = claim[w]

\* A PUT of a task's object, on the version that is there now.
LockPut(w, t, holder, token, newStatus, newFailures) ==
  [task |-> t, on |-> lock[t].version, by |-> w, holder |-> holder, token |-> token,
   status |-> newStatus, failures |-> newFailures]

(***************************************************************************)
(* A worker reads a task that is to do: the lock is free, or has not       *)
(* changed for a session time-out as the worker's own clock counts it.  It *)
(* CASes itself in.  That the holder is alive all the same is a wrong      *)
(* suspicion.                                                              *)
(***************************************************************************)
Claim(w, t) ==
  /\ alive[w] /\ phase[w] = "IDLE" /\ status[t] = "INIT"
  /\ LET token == lock[t].version + 1 IN
       /\ lockPuts' = lockPuts \cup {LockPut(w, t, w, token, "INIT", failures[t])}
       /\ claim' = [claim EXCEPT ![w] = token]
  /\ at' = [at EXCEPT ![w] = t]
  /\ sawLock' = [sawLock EXCEPT ![w] = lock[t].version]
  /\ Goes(w, "CLAIMING")
  /\ UNCHANGED <<shared, alive, sawHead, headPuts, head>>

ClaimFree(w, t) == ~IsHeldByLiving(t) /\ Claim(w, t) /\ UNCHANGED left
ClaimOfLiving(w, t) == IsHeldByLiving(t) /\ Claim(w, t) /\ Spends("suspicions")

\* It reads whether it has got the lock.
LearnClaim(w) ==
  /\ alive[w] /\ phase[w] = "CLAIMING"
  /\ \/ /\ IsMine(w)
        /\ Goes(w, "EXECUTING")
        /\ UNCHANGED <<at, claim, sawLock, sawHead>>
     \/ /\ ~IsMine(w) /\ lock[at[w]].version # sawLock[w]
        /\ Rests(w)
  /\ UNCHANGED <<shared, alive, lockPuts, headPuts, head, left>>

\* It stops waiting for a PUT of the lock that may land yet: the outcome is unknown.
GiveUp(w) ==
  /\ alive[w] /\ phase[w] \in {"CLAIMING", "RELEASING", "RELEASING_FAILED"}
  /\ Spends("giveUps")
  /\ Rests(w)
  /\ UNCHANGED <<shared, alive, lockPuts, headPuts, head>>

\* It shows that it is alive, while it executes: it reads the lock, and writes it anew.
Renew(w) ==
  /\ alive[w] /\ phase[w] \in Executing /\ IsMine(w)
  /\ Spends("renewals")
  /\ lockPuts' = lockPuts \cup
       {LockPut(w, at[w], w, claim[w], status[at[w]], failures[at[w]])}
  /\ UNCHANGED <<shared, local, headPuts, head>>

IsGuarded(p) == ReportIsGuarded \/ p.holder # None

(***************************************************************************)
(* A PUT of a task's object lands, on the version that it is on.  What is  *)
(* on older versions cannot land any more.                                 *)
(***************************************************************************)
LandLock ==
  \E p \in lockPuts :
  /\ IsGuarded(p) => p.on = lock[p.task].version
  /\ lock' = [lock EXCEPT ![p.task] =
                [@ EXCEPT !.holder = p.holder, !.token = p.token, !.version = @ + 1]]
  /\ status' = [status EXCEPT ![p.task] = p.status]
  /\ failures' = [failures EXCEPT ![p.task] = p.failures]
  /\ lockPuts' = {q \in lockPuts \ {p} : q.task # p.task \/ ~IsGuarded(q)}
  /\ UNCHANGED <<local, headPuts, head, left>>

\* It reads the head. If the effect is there, it is done; else it writes the effect. It
\* does not look at the lock: it may have lost it long ago.
Effect(w) ==
  /\ alive[w] /\ phase[w] = "EXECUTING"
  /\ IF head[at[w]].effects > 0
     THEN /\ Goes(w, "REPORTING")
          /\ UNCHANGED <<sawHead, headPuts>>
     ELSE /\ Goes(w, "EFFECTING")
          /\ sawHead' = [sawHead EXCEPT ![w] = head[at[w]].version]
          /\ headPuts' = headPuts \cup
               {[task |-> at[w], on |-> head[at[w]].version, by |-> w]}
  /\ UNCHANGED <<shared, alive, at, claim, sawLock, lockPuts, head, left>>

\* A PUT of a head lands: on the version that it is on, or, not guarded, on any.
LandHead ==
  \E p \in headPuts :
  /\ EffectIsGuarded => p.on = head[p.task].version
  /\ head' = [head EXCEPT ![p.task] =
                [version |-> @.version + 1, effects |-> @.effects + 1]]
  /\ headPuts' = IF EffectIsGuarded THEN {q \in headPuts : q.task # p.task}
                 ELSE headPuts \ {p}
  /\ UNCHANGED <<shared, local, lockPuts, left>>

\* Somebody else changes the head: an append, a trim.
ChangeHead(t) ==
  /\ Spends("changes")
  /\ head' = [head EXCEPT ![t].version = @ + 1]
  /\ headPuts' = IF EffectIsGuarded THEN {q \in headPuts : q.task # t} ELSE headPuts
  /\ UNCHANGED <<shared, local, lockPuts>>

\* It reads the head again: the effect is there, whoever wrote it; or its own PUT cannot
\* land any more, and it decides anew.
LearnEffect(w) ==
  /\ alive[w] /\ phase[w] = "EFFECTING"
  /\ \/ head[at[w]].effects > 0 /\ Goes(w, "REPORTING")
     \/ /\ head[at[w]].effects = 0 /\ head[at[w]].version # sawHead[w]
        /\ Goes(w, "EXECUTING")
  /\ sawHead' = [sawHead EXCEPT ![w] = 0]
  /\ UNCHANGED <<shared, alive, at, claim, sawLock, lockPuts, headPuts, head, left>>

\* The task fails. If its PUT was sent, the effect may come all the same.
Fail(w) ==
  /\ alive[w] /\ phase[w] \in Executing
  /\ Goes(w, "FAILING")
  /\ sawHead' = [sawHead EXCEPT ![w] = 0]
  /\ UNCHANGED <<shared, alive, at, claim, sawLock, lockPuts, headPuts, head, left>>

\* It sets the lock free, and says in the same CAS how it went. If the lock is not its
\* own any more, it says nothing.
Report(w) ==
  /\ alive[w] /\ phase[w] \in {"REPORTING", "FAILING"}
  /\ IF IsMine(w)
     THEN LET t == at[w]
              isDone == phase[w] = "REPORTING"
          IN /\ lockPuts' = lockPuts \cup
                  {LockPut(w, t, None, claim[w],
                           IF isDone THEN "COMMITTED" ELSE StatusAfterFailure(t),
                           IF isDone THEN failures[t] ELSE failures[t] + 1)}
             /\ sawLock' = [sawLock EXCEPT ![w] = lock[t].version]
             /\ Goes(w, IF isDone THEN "RELEASING" ELSE "RELEASING_FAILED")
             /\ UNCHANGED <<at, claim, sawHead>>
     ELSE Rests(w) /\ UNCHANGED lockPuts
  /\ UNCHANGED <<shared, alive, headPuts, head, left>>

\* It reads whether that landed. If the lock has changed and still names this very claim,
\* that was a renewal, and it says it again.
LearnReport(w) ==
  /\ alive[w] /\ phase[w] \in {"RELEASING", "RELEASING_FAILED"}
  /\ lock[at[w]].version # sawLock[w]
  /\ IF IsMine(w)
     THEN /\ Goes(w, IF phase[w] = "RELEASING" THEN "REPORTING" ELSE "FAILING")
          /\ UNCHANGED <<at, claim, sawLock, sawHead>>
     ELSE Rests(w)
  /\ UNCHANGED <<shared, alive, lockPuts, headPuts, head, left>>

\* It dies. Its PUTs may still land.
CrashOnS3(w) ==
  /\ alive[w] /\ Spends("crashes")
  /\ alive' = [alive EXCEPT ![w] = FALSE]
  /\ Rests(w)
  /\ UNCHANGED <<shared, lockPuts, headPuts, head>>

RecoverOnS3(w) ==
  /\ ~alive[w]
  /\ alive' = [alive EXCEPT ![w] = TRUE]
  /\ UNCHANGED <<shared, phase, at, claim, sawLock, sawHead, lockPuts, headPuts, head, left>>

\* What a worker does that nothing stops for ever.
StepOnS3(w) ==
  \/ \E t \in Tasks : ClaimFree(w, t)
  \/ LearnClaim(w)
  \/ Effect(w) \/ LearnEffect(w)
  \/ Report(w) \/ LearnReport(w)
  \/ RecoverOnS3(w)

FaultOnS3(w) ==
  \/ \E t \in Tasks : ClaimOfLiving(w, t)
  \/ GiveUp(w) \/ Renew(w) \/ Fail(w) \/ CrashOnS3(w)

WorkersOnS3 == IF OnS3 THEN Workers ELSE {}
TasksOnS3 == IF OnS3 THEN Tasks ELSE {}

RunOnS3 ==
  \/ \E w \in WorkersOnS3 : StepOnS3(w) \/ FaultOnS3(w)
  \/ LandLock \/ LandHead
  \/ \E t \in TasksOnS3 : ChangeHead(t)

\* Every worker goes on, and a PUT that is tried again and again is stored at some time.
FairnessOnS3 ==
  /\ \A w \in Workers : WF_vars(StepOnS3(w))
  /\ WF_vars(LandLock) /\ WF_vars(LandHead)

-----------------------------------------------------------------------------
Next == Published \/ RunOnS3

Spec == Init /\ [][Next]_vars
FairSpec == Spec /\ IF OnS3 THEN FairnessOnS3 ELSE PublishedFairness

Symmetry == Permutations(Workers)

-----------------------------------------------------------------------------
(***************************************************************************)
(* Invariants of the published protocol.                                   *)
(***************************************************************************)

TypeOK ==
  /\ status \in [Tasks -> {"INIT", "COMMITTED", "DLQ"}]
  /\ failures \in [Tasks -> 0..MaxFailures]
  /\ \A t \in Tasks : lock[t].holder \in Workers \cup {None}
  /\ \A t \in Tasks : lock[t].token <= lock[t].version
  /\ \A w \in Workers : (at[w] = None) = (phase[w] = "IDLE")
  /\ \A w \in Workers : ~alive[w] => phase[w] = "IDLE"
  /\ \A p \in lockPuts : IsGuarded(p) => p.on = lock[p.task].version

\* No two workers do the same task at the same time.
MutualExclusion ==
  \A t \in Tasks :
    Cardinality({w \in Workers : phase[w] \in Executing /\ at[w] = t}) <= 1

\* Nobody does what is done.
NoDoubleExecution ==
  \A w \in Workers : phase[w] \in Executing => status[at[w]] # "COMMITTED"

\* No task is given up before it has failed as often as it may.
DLQOnlyAfterMaxFailures ==
  \A t \in Tasks : status[t] = "DLQ" => failures[t] >= MaxFailures

\* Whom a lock names knows of it, if it lives (and is the one that took it).
LockConsistency ==
  \A t \in Tasks :
    LET w == lock[t].holder IN
    w # None /\ ~lock[t].isOld /\ alive[w] => at[w] = t

\* While a lock names a worker that has died, nobody else does its task.
NoOrphanExecution ==
  \A t \in Tasks :
    LET w == lock[t].holder IN
    (w # None /\ (lock[t].isOld \/ ~alive[w])) =>
      ~\E v \in Workers \ {w} : phase[v] \in Executing /\ at[v] = t

(***************************************************************************)
(* What is needed, and holds on S3 as well.                                *)
(***************************************************************************)

\* What a task does is done at most once, however many do it.
EffectOnce == \A t \in Tasks : head[t].effects <= 1

\* What is called done is done.
CommittedIsDone == \A t \in Tasks : status[t] = "COMMITTED" => head[t].effects >= 1

\* No two workers that have been told that they hold a lock have the same token: so what
\* names its token can be told from what another says, and at most one is the lock's.
OneHolder ==
  \A v, w \in Workers :
    v # w /\ at[v] # None /\ at[v] = at[w] /\ claim[v] = claim[w] =>
      phase[v] = "CLAIMING" \/ phase[w] = "CLAIMING"

\* A failure is counted once: no more of them than claims.
FailuresAreOfClaims == \A t \in Tasks : failures[t] <= lock[t].token

(***************************************************************************)
(* Action properties on S3.                                                *)
(***************************************************************************)

\* A token never comes back, and every claim has a new one.
TokensGrow ==
  [][\A t \in Tasks :
       /\ lock'[t].token >= lock[t].token
       /\ lock'[t].holder # lock[t].holder /\ lock'[t].holder # None =>
            lock'[t].token > lock[t].token]_vars

\* Only who holds the lock says how it went, and that sets it free.
OnlyTheHolderReports ==
  [][\A t \in Tasks :
       <<status'[t], failures'[t]>> # <<status[t], failures[t]>> =>
         /\ lock[t].holder # None /\ lock'[t].holder = None
         /\ lock'[t].token = lock[t].token
         /\ \E p \in lockPuts : p.by = lock[t].holder /\ p.token = lock[t].token]_vars

\* A task that is done, or given up, stays so.
EndsAreFinal ==
  [][\A t \in Tasks : status[t] # "INIT" => status'[t] = status[t]]_vars

(***************************************************************************)
(* Liveness.                                                               *)
(***************************************************************************)

\* Every task is done, or given up, at some time.
TaskCompletion == \A t \in Tasks : (status[t] = "INIT") ~> (status[t] # "INIT")

\* The claim that a lock names is of somebody who has died, or who gave it up.
Orphaned(t) ==
  /\ lock[t].holder # None /\ status[t] = "INIT"
  /\ IF OnS3 THEN ~IsHeldByLiving(t) ELSE lock[t].isOld

\* What a dead worker holds does not stay held.
CrashRecovery == \A t \in Tasks : Orphaned(t) ~> ~Orphaned(t)

\* Every task that is to do is begun at some time; on S3 it may end without that, when a
\* report that was given up lands late.
NoStarvation ==
  \A t \in Tasks :
    (status[t] = "INIT") ~>
      \/ \E w \in Workers : phase[w] \in Executing /\ at[w] = t
      \/ OnS3 /\ status[t] # "INIT"
=============================================================================
