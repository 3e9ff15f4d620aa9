namespace KernelGen.Search.Study;

/// <summary>The study cannot be done as planned, or its results cannot be read; the message says what, where, and what to do.</summary>
public sealed class StudyException(string message) : Exception(message);
