//! Tree-ensemble models: load, score, explain.
