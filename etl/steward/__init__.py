"""What the data steward does with rows that could not be accepted, and with questions about rows that were.

    held       the rows set aside: find, count, show
    reasons    why, in words, and what to do
    keys       what a row is called in a workbook that leaves, so that nobody can change it unseen
    export     the workbook that goes back to the provider
    retry      the corrected workbook taken back: repairs that the next build reads
    changes    what a provider may change in a row
    undo       repairs that were taken back, and how one is undone
    trace      where every value of a record came from

Everything here shows personal values, to whoever may read the restricted zone; nothing is logged.
"""
