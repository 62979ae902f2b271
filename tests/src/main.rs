//! Hostel as its users meet it: the program, over HTTP.
//!
//! | file | asks |
//! | --- | --- |
//! | `sessions` | do sessions remember, and can they be created, listed, saved and deleted? |
//! | `eviction` | does a session that was evicted come back exactly as it was? |
//! | `limits` | what do endless loops, memory bombs, floods and traps do to the session and its neighbours? |
//! | `functions` | are the functions that the operator configures called once, within their bounds, without showing a secret? |
//! | `input` | does bad input of every kind get the answer that helps? |
//! | `complete` | is an input a whole command? |
//! | `javascript` | does the built-in guest that is another's interpreter do all that too? |
//! | `streams` | can a command be followed and answered while it runs, and is what it asked never asked again? |
//! | `contract` | does every guest, by the same tests, do all that the contract promises? |
//! | `python` | and CPython, where its component has been built? |
//! | `guests` | can guests be added, chosen and removed while sessions go on? |
//! | `tenants` | are tenants apart? |
//! | `history` | can a session be taken back, forth, apart and elsewhere? |
//! | `swap` | do sessions go on with another guest, also while they are used and when the host is killed? |
//! | `crash` | is everything acknowledged there after any `kill -9`, and everything else whole or absent? |
//! | `restart` | what is there after SIGTERM and after `kill -9`? |
//! | `program` | do the commands of the program do what they say? |
//! | `terminal` | and at a terminal, with interrupts and questions? |
//! | `repository` | do documents, sources and built guests agree? |

#![expect(unreachable_pub, reason = "a test binary exports nothing; pub says what is for other files")]

mod complete;
mod contract;
mod crash;
mod eviction;
mod functions;
mod guests;
mod harness;
mod history;
mod input;
mod javascript;
mod limits;
mod program;
mod python;
mod repository;
mod restart;
mod sessions;
mod streams;
mod swap;
mod tenants;
mod terminal;
